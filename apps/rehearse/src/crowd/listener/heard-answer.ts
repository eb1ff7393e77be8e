import {
  encodeClientFrame,
  encodeListenerMessage,
  HEARD_ANSWER_WITHIN_MS,
  HEARD_WINDOW_MS,
  OPCODE,
} from "@rostra/wire";

/** Masking hides bytes from caches in between; what a crowd says needs no hiding. */
export const MASK = Uint8Array.of(1, 2, 3, 4);
const HEARD = encodeClientFrame(
  OPCODE.text,
  new TextEncoder().encode(encodeListenerMessage({ type: "heard" })),
  MASK,
);

/** A listener's part of the heard count, as the SDK has it (packages/client/src/audience), without a timer. */
export class HeardAnswer {
  #atMs = Number.POSITIVE_INFINITY;

  /** A later question stands for the one before. */
  asked(share: number, nowMs: number): void {
    const isPicked = Math.random() < share;
    this.#atMs = isPicked
      ? nowMs + Math.random() * HEARD_ANSWER_WITHIN_MS
      : Number.POSITIVE_INFINITY;
  }

  /** @returns what is to be sent now; undefined: nothing */
  due(nowMs: number, lastSoundMs: number): Uint8Array | undefined {
    if (nowMs < this.#atMs) return undefined;
    this.#atMs = Number.POSITIVE_INFINITY;
    return nowMs - lastSoundMs <= HEARD_WINDOW_MS ? HEARD : undefined;
  }
}
