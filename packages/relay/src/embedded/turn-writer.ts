import type { Socket } from "node:net";

/**
 * Writes what is said at one turn of the event loop at once: a stage says a word for each of its spaces
 * at each tick, and a write of its own for each is most of what that costs.
 */
export class TurnWriter {
  readonly #socket: Socket;
  #isOpen = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** How much waits is the caller's to watch: `socket.writableLength` counts what is said here, too. */
  write(bytes: Uint8Array): void {
    const socket = this.#socket;
    if (socket.destroyed) return;
    if (!this.#isOpen) {
      this.#isOpen = true;
      socket.cork();
      queueMicrotask(() => {
        this.#isOpen = false;
        socket.uncork();
      });
    }
    socket.write(bytes);
  }
}
