import { FRAME_SAMPLES, writeRtp } from "@rostra/wire";

/**
 * Numbers the packets that go back to one speaker. The sequence has no holes; the timestamp
 * follows the frame number, so frames that were skipped show as time, not as loss.
 */
export class RtpSender {
  readonly ssrc = random32();
  readonly #payloadType: number;
  // Random beginnings (RFC 3550, section 5.1), so that known plaintext doesn't weaken SRTP.
  readonly #timestampOffset = random32();
  #sequence = random32() & 0xffff;
  #lastFrame = Number.NaN;

  constructor(payloadType: number) {
    this.#payloadType = payloadType;
  }

  /** @returns the datagram that carries `packet` as frame `number` */
  datagram(number: number, packet: Uint8Array): Buffer {
    this.#sequence = (this.#sequence + 1) & 0xffff;
    const isNewBurst = number !== this.#lastFrame + 1;
    this.#lastFrame = number;
    const rtp = {
      payloadType: this.#payloadType,
      marker: isNewBurst,
      sequence: this.#sequence,
      // Modulo before the product leaves 2^53.
      timestamp: (((number % 2 ** 32) * FRAME_SAMPLES) % 2 ** 32) + this.#timestampOffset,
      ssrc: this.ssrc,
      payload: packet,
    };
    // Out of Node's pool: memory of its own for each packet would cost more than all that is written to it.
    return writeRtp(rtp, Buffer.allocUnsafe);
  }
}

function random32(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!;
}
