/** A packet on its way to the decoder. Sequence and timestamp are unwrapped. */
export interface MediaPacket {
  readonly sequence: number;
  /** Samples at 48 kHz. */
  readonly timestamp: number;
  /** How long it lasts, in samples at 48 kHz. */
  readonly samples: number;
  /** One Opus packet. */
  readonly payload: Uint8Array;
}

export type StoreResult = "stored" | "duplicate" | "late" | "overflow";

/** Over a second of 10 ms packets: far more than any delay that is played. */
export const MAX_BUFFERED_PACKETS = 128;

/**
 * Puts packets back in order. Bounded: one packet too many pushes the oldest out (`overflow`).
 * What is older than anything taken out is `late`, and not stored.
 */
export class JitterBuffer {
  // Ascending by sequence. Sorted on insertion: nearly all packets belong at the end.
  readonly #packets: MediaPacket[] = [];
  #nextSequence = Number.NEGATIVE_INFINITY;

  get length(): number {
    return this.#packets.length;
  }

  /** The sequence that would follow what was taken last. */
  get nextSequence(): number {
    return this.#nextSequence;
  }

  push(packet: MediaPacket): StoreResult {
    if (packet.sequence < this.#nextSequence) return "late";
    let at = this.#packets.length;
    while (at > 0 && this.#packets[at - 1]!.sequence > packet.sequence) at -= 1;
    if (at > 0 && this.#packets[at - 1]!.sequence === packet.sequence) return "duplicate";
    if (at === this.#packets.length) this.#packets.push(packet);
    else this.#packets.splice(at, 0, packet);
    if (this.#packets.length <= MAX_BUFFERED_PACKETS) return "stored";
    this.take();
    return "overflow";
  }

  /** The oldest packet, left where it is. */
  peek(): MediaPacket | undefined {
    return this.#packets[0];
  }

  take(): MediaPacket | undefined {
    const packet = this.#packets.shift();
    if (packet !== undefined) this.#nextSequence = packet.sequence + 1;
    return packet;
  }

  /** Forgets everything, the numbers included. */
  reset(): void {
    this.#packets.length = 0;
    this.#nextSequence = Number.NEGATIVE_INFINITY;
  }
}
