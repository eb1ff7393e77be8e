import type { Clock } from "@rostra/wire";
import { ListenerError } from "../../errors.ts";
import type { FrameDecoder, OpenDecoder } from "./decoder.ts";

/** Failures in a row that tell a broken decoder from a broken packet. */
const BROKEN_AFTER = 5;
/** Some decoders go silent instead of failing. */
const ANSWER_MS = 2_000;

/**
 * The first decoder that opens, and the next one when that breaks: browsers have shipped
 * AudioDecoders that take Opus and then fail on it.
 */
export class ResilientDecoder implements FrameDecoder {
  readonly #candidates: OpenDecoder[];
  readonly #clock: Clock;
  #current: Promise<FrameDecoder>;
  #failures = 0;
  #closed = false;

  constructor(candidates: readonly OpenDecoder[], clock: Clock) {
    this.#candidates = [...candidates];
    this.#clock = clock;
    this.#current = this.#openNext();
  }

  async decode(packet: Uint8Array): Promise<Float32Array<ArrayBuffer>> {
    const current = this.#current;
    try {
      const decoder = await current;
      const pcm = await this.#withinTime(decoder.decode(packet));
      this.#failures = 0;
      return pcm;
    } catch (cause) {
      this.#failures += 1;
      // Whatever is in flight fails together: only the first one moves on to the next decoder.
      if (this.#failures >= BROKEN_AFTER && current === this.#current) this.#replace(current);
      throw cause;
    }
  }

  close(): void {
    this.#closed = true;
    closeWhenOpen(this.#current);
  }

  #replace(broken: Promise<FrameDecoder>): void {
    if (this.#candidates.length === 0 || this.#closed) return;
    this.#failures = 0;
    closeWhenOpen(broken);
    this.#current = this.#openNext();
  }

  #openNext(): Promise<FrameDecoder> {
    const opening = this.#openFirstThatWorks();
    // Its failure shows in each `decode`; here it must not count as unhandled.
    opening.catch(() => {});
    return opening;
  }

  async #openFirstThatWorks(): Promise<FrameDecoder> {
    for (;;) {
      const open = this.#candidates.shift()!;
      try {
        return await open();
      } catch (cause) {
        if (this.#candidates.length === 0) throw cause;
      }
    }
  }

  #withinTime<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(ANSWER_MS, () =>
        reject(new ListenerError("decoder", "The decoder gave no answer")),
      );
      promise.then(resolve, reject).finally(cancel);
    });
  }
}

function closeWhenOpen(decoder: Promise<FrameDecoder>): void {
  decoder.then(
    (opened) => opened.close(),
    () => {},
  );
}
