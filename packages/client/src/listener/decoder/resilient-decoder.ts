import { isStereoPacket } from "@rostra/sound";
import type { Channels, Clock } from "@rostra/wire";
import { ListenerError } from "../../errors.ts";
import type { FrameDecoder, OpenDecoder, Planes } from "./decoder.ts";

/** Failures in a row that tell a broken decoder from a broken packet. */
const BROKEN_AFTER = 5;
/** Some decoders go silent instead of failing. */
const ANSWER_MS = 2_000;

/**
 * The first decoder that opens, and the next one when that breaks: browsers have shipped
 * AudioDecoders that take Opus and then fail on it. Goes over to stereo with the first packet that
 * is: a mono decoder costs half, and most of what is listened to is voices.
 */
export class ResilientDecoder implements FrameDecoder {
  readonly #candidates: readonly OpenDecoder[];
  readonly #clock: Clock;
  #channels: Channels;
  /** Which candidate is, or will be, the current one. */
  #at = 0;
  #current: Promise<FrameDecoder>;
  /** The answer to the packet before. */
  #last: Promise<unknown> = Promise.resolve();
  #failures = 0;
  #closed = false;

  /** @param channels as far as is known before the first packet */
  constructor(candidates: readonly OpenDecoder[], clock: Clock, channels: Channels = 1) {
    this.#candidates = candidates;
    this.#clock = clock;
    this.#channels = channels;
    this.#current = this.#open();
  }

  decode(packet: Uint8Array): Promise<Planes> {
    if (this.#channels === 1 && isStereoPacket(packet)) this.#widen();
    const planes = this.#decode(packet);
    this.#last = planes;
    return planes;
  }

  async #decode(packet: Uint8Array): Promise<Planes> {
    const current = this.#current;
    try {
      const decoder = await current;
      const planes = await this.#withinTime(decoder.decode(packet));
      this.#failures = 0;
      return planes;
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
    if (this.#at + 1 >= this.#candidates.length || this.#closed) return;
    this.#at += 1;
    this.#failures = 0;
    closeWhenOpen(broken);
    this.#current = this.#open();
  }

  /** What the mono decoder was given before, it still answers. */
  #widen(): void {
    if (this.#closed) return;
    this.#channels = 2;
    const mono = this.#current;
    const answered = this.#last;
    const close = (): void => closeWhenOpen(mono);
    answered.then(close, close);
    this.#current = this.#open(mono);
  }

  /** @param before what is being opened already: one search among the candidates at a time */
  #open(before?: Promise<FrameDecoder>): Promise<FrameDecoder> {
    const search = () => this.#openFirstThatWorks();
    const opening = before === undefined ? search() : before.then(search, search);
    // Its failure shows in each `decode`; here it must not count as unhandled.
    opening.catch(() => {});
    return opening;
  }

  async #openFirstThatWorks(): Promise<FrameDecoder> {
    for (;;) {
      const open = this.#candidates[this.#at]!;
      try {
        return await open(this.#channels);
      } catch (cause) {
        if (this.#at + 1 >= this.#candidates.length) throw cause;
        this.#at += 1;
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
