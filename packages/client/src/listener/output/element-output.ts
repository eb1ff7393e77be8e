import type { Cancel } from "@rostra/wire";
import { atMost } from "../../at-most.ts";
import { retryDelayMs } from "../../backoff.ts";
import { ListenerError } from "../../errors.ts";
import { GESTURE_WAIT_MS, type Output, type OutputOptions, STILL_MS } from "./output.ts";

const WATCH_MS = 250;
/** Standing still for this long means that the stream broke: elements don't reconnect. */
const BROKEN_MS = 4_000;
/** Before the first sound there is more to wait for: Chromium wants some 32 KB before it plays. */
const FIRST_SOUND_MS = 15_000;

/**
 * The stream's ending that this browser plays. AAC first: most of those that come down to this
 * know nothing else, and Chromium has its 32 KB after 3 s instead of Ogg's 7 s (measured).
 */
function playableEnding(element: HTMLAudioElement): "ogg" | "aac" | undefined {
  if (element.canPlayType("audio/aac") !== "") return "aac";
  return element.canPlayType('audio/ogg; codecs="opus"') === "" ? undefined : "ogg";
}

export function worksHere(): boolean {
  return typeof Audio !== "undefined" && playableEnding(new Audio()) !== undefined;
}

/** The last resort: a plain stream in an element. Seconds of delay, but it plays nearly anywhere. */
export class ElementOutput implements Output {
  readonly kind = "element";
  readonly takesFrames = false;
  readonly ready: Promise<void>;
  readonly #options: OutputOptions;
  readonly #element = new Audio();
  readonly #url: string;
  #timeS = 0;
  #movedAtMs: number;
  #failures = 0;
  #cancelWatch: Cancel;
  /** Not null while a new attempt waits for its time. */
  #cancelRetry: Cancel | null = null;
  #closed = false;

  constructor(options: OutputOptions) {
    this.#options = options;
    const ending = playableEnding(this.#element);
    if (ending === undefined)
      throw new ListenerError("no-output", "No stream plays in this browser");
    this.#url = `${options.origin}/live/${options.spaceId}.${ending}`;
    this.#element.volume = options.volume;
    this.#element.addEventListener("pause", this.#onPause);
    this.#element.src = this.#url;
    this.#movedAtMs = options.clock.nowMs();
    this.#cancelWatch = options.clock.after(WATCH_MS, () => this.#watch());
    this.ready = this.#start();
  }

  push(): void {}

  setCadence(): void {}

  // The server decides what a stream carries: it can't be paused and found again.
  pause(): void {}

  async resume(): Promise<void> {}

  setFollowing(): void {}

  jumpToLive(): void {}

  setVolume(volume: number): void {
    this.#element.volume = volume;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelWatch();
    this.#cancelRetry?.();
    this.#element.removeEventListener("pause", this.#onPause);
    this.#element.pause();
    // Without this the element would go on downloading.
    this.#element.removeAttribute("src");
    this.#element.load();
  }

  async #start(): Promise<void> {
    try {
      await atMost(this.#options.clock, GESTURE_WAIT_MS, this.#element.play(), undefined);
    } catch (cause) {
      // A stream that isn't there yet is retried; only the browser's own refusal ends the start.
      if (cause instanceof DOMException && cause.name === "NotAllowedError") {
        throw new ListenerError("needs-gesture", "The browser wants a click first", { cause });
      }
    }
  }

  readonly #onPause = (): void => {
    // A stream that ended pauses too: that one is loaded anew.
    if (!this.#element.ended && this.#element.error === null) this.#options.stopped();
  };

  #watch(): void {
    if (this.#closed) return;
    this.#cancelWatch = this.#options.clock.after(WATCH_MS, () => this.#watch());
    const element = this.#element;
    const nowMs = this.#options.clock.nowMs();
    if (element.currentTime !== this.#timeS && element.currentTime > 0) {
      this.#movedAtMs = nowMs;
      this.#failures = 0;
    }
    this.#timeS = element.currentTime;
    const stillMs = nowMs - this.#movedAtMs;
    const patienceMs = this.#timeS > 0 ? BROKEN_MS : FIRST_SOUND_MS;
    if (stillMs > patienceMs || element.error !== null || element.ended) this.#reload(nowMs);
    const { buffered } = element;
    const endS = buffered.length === 0 ? this.#timeS : buffered.end(buffered.length - 1);
    this.#options.report({
      playing: !element.paused && this.#timeS > 0 && stillMs < STILL_MS * 2,
      playedFrame: null,
      bufferedMs: Math.max(0, endS - this.#timeS) * 1_000,
      behindMs: 0,
      following: true,
      rate: 1,
      lostFrames: 0,
      latencyMs: 0,
      error:
        element.error === null
          ? null
          : new ListenerError("output", `The stream broke: ${element.error.message}`),
    });
  }

  #reload(nowMs: number): void {
    this.#movedAtMs = nowMs;
    if (this.#cancelRetry !== null) return;
    this.#failures += 1;
    const delayMs = retryDelayMs(this.#failures, Math.random());
    this.#cancelRetry = this.#options.clock.after(delayMs, () => {
      this.#cancelRetry = null;
      this.#element.src = this.#url;
      // What keeps it from playing shows in its `error`, and is tried again.
      this.#element.play().catch(() => {});
    });
  }
}
