import type { Socket } from "node:net";

/** Room for a handshake, the welcome of a large space and a second of music in stereo. */
const SCRATCH_BYTES = 65_536;

/**
 * A newcomer's first write: its own head and what all newcomers share, in one. They are put together
 * in a buffer that is used again where the kernel has taken all of it at once, as it nearly always
 * does: in a storm that saves a few kilobytes of garbage for each who comes.
 */
export class FirstWrites {
  #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

  /** @param head of the answer, ASCII */
  write(socket: Socket, head: string, shared: readonly Uint8Array[]): void {
    let size = head.length;
    for (const bytes of shared) size += bytes.length;
    if (size > SCRATCH_BYTES) {
      socket.write(Buffer.concat([Buffer.from(head, "latin1"), ...shared]));
      return;
    }
    let at = this.#scratch.write(head, "latin1");
    for (const bytes of shared) {
      this.#scratch.set(bytes, at);
      at += bytes.length;
    }
    socket.write(this.#scratch.subarray(0, at));
    // What the kernel hasn't taken is still to be read from there.
    if (socket.writableLength > 0) this.#scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  }
}
