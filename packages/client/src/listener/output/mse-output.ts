import { CMAF_MIME_TYPE, opusFragment, opusInitSegment } from "@rostra/sound";
import { type Cancel, FRAME_MS, type ProgramFrame } from "@rostra/wire";
import { atMost } from "../../at-most.ts";
import { ListenerError } from "../../errors.ts";
import { PlayoutBuffer } from "../playout/playout-buffer.ts";
import { GESTURE_WAIT_MS, type Output, type OutputOptions, STILL_MS } from "./output.ts";

/** Safari's kin of MediaSource, the only one on iPhones; absent from TypeScript's DOM library. */
declare const ManagedMediaSource: typeof MediaSource | undefined;

function mediaSourceClass(): typeof MediaSource | undefined {
  const candidates = [
    typeof ManagedMediaSource === "undefined" ? undefined : ManagedMediaSource,
    typeof MediaSource === "undefined" ? undefined : MediaSource,
  ];
  return candidates.find((candidate) => candidate?.isTypeSupported(CMAF_MIME_TYPE));
}

export function worksHere(): boolean {
  return mediaSourceClass() !== undefined;
}

/** Frames in one append at most: a backlog goes in by seconds. */
const APPEND_FRAMES = 50;
/** Behind the newest sound by this much it plays steadily in the browsers tried. */
const WANTED_MS = 500;
/** Above that by this much, it plays a little faster, with the pitch kept. */
const SLACK_MS = 250;
const CATCH_UP_RATE = 1.05;
/** As with the worklet: further behind, what was missed is dropped for the sake of now. */
const JUMP_MS = 10_000;
/** Played sound kept by the browser, so that its memory stays flat. */
const KEEP_S = 20;
const WATCH_MS = 100;

/**
 * Media Source Extensions: an audio element plays CMAF that we mux from the frames. A few hundred
 * milliseconds more delay, but it goes on with the screen locked, and needs no secure context.
 */
export class MseOutput implements Output {
  readonly kind = "mse";
  readonly takesFrames = true;
  readonly ready: Promise<void>;
  readonly #options: OutputOptions;
  readonly #element = new Audio();
  readonly #url: string;
  readonly #frames = new PlayoutBuffer();
  #buffer: SourceBuffer | null = null;
  /** Frame number at media time 0; null before the first. */
  #origin: number | null = null;
  #sequence = 0;
  #lostFrames = 0;
  #timeS = 0;
  #movedAtMs = 0;
  #cancelWatch: Cancel;
  #closed = false;

  constructor(options: OutputOptions) {
    this.#options = options;
    const Source = mediaSourceClass();
    if (Source === undefined)
      throw new ListenerError("no-output", "No media source plays Opus here");
    const source = new Source();
    this.#element.volume = options.volume;
    this.#element.addEventListener("pause", this.#onPause);
    // ManagedMediaSource stays closed while the element could be cast elsewhere.
    this.#element.disableRemotePlayback = true;
    this.#url = URL.createObjectURL(source);
    this.#element.src = this.#url;
    source.addEventListener("sourceopen", () => this.#onOpen(source), { once: true });
    this.#cancelWatch = options.clock.after(WATCH_MS, () => this.#watch());
    this.ready = this.#start();
  }

  push(frames: readonly ProgramFrame[]): void {
    for (const frame of frames) this.#frames.push(frame);
    this.#feed();
  }

  setCadence(): void {}

  setVolume(volume: number): void {
    this.#element.volume = volume;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelWatch();
    this.#element.removeEventListener("pause", this.#onPause);
    this.#element.pause();
    this.#element.removeAttribute("src");
    this.#element.load();
    URL.revokeObjectURL(this.#url);
  }

  async #start(): Promise<void> {
    try {
      // `play` waits for the first sound, which may be long in coming: only a refusal counts.
      await atMost(this.#options.clock, GESTURE_WAIT_MS, this.#element.play(), undefined);
    } catch (cause) {
      if (this.#closed) return;
      throw new ListenerError("needs-gesture", "The browser wants a click first", { cause });
    }
  }

  readonly #onPause = (): void => this.#options.stopped();

  #onOpen(source: MediaSource): void {
    if (this.#closed) return;
    this.#buffer = source.addSourceBuffer(CMAF_MIME_TYPE);
    this.#buffer.addEventListener("updateend", () => this.#feed());
    this.#buffer.appendBuffer(opusInitSegment());
  }

  /** Appends what has its turn; what can't go in yet waits in the bounded buffer. */
  #feed(): void {
    const buffer = this.#buffer;
    if (this.#closed || buffer === null || buffer.updating) return;
    const next = this.#frames.nextNumber;
    const packets = this.#takePackets();
    if (next === null || packets.length === 0) return;
    this.#origin ??= next;
    this.#sequence += 1;
    try {
      buffer.appendBuffer(
        opusFragment({ sequence: this.#sequence, firstFrame: next - this.#origin, packets }),
      );
    } catch {
      // Full, or the element failed: `watch` makes room and reports the element's error.
      this.#lostFrames += packets.length;
    }
  }

  /** Up to a second of packets; lost ones are empty, which the muxer takes for silence. */
  #takePackets(): Uint8Array[] {
    const packets: Uint8Array[] = [];
    while (packets.length < APPEND_FRAMES) {
      const next = this.#frames.peek();
      if (next === undefined) break;
      if (next.kind === "gap") this.#lostFrames += 1;
      packets.push(next.kind === "frame" ? next.frame.packet : new Uint8Array(0));
      this.#frames.advance();
    }
    return packets;
  }

  #bufferedEndS(): number {
    const { buffered } = this.#element;
    return buffered.length === 0 ? 0 : buffered.end(buffered.length - 1);
  }

  #watch(): void {
    this.#cancelWatch = this.#options.clock.after(WATCH_MS, () => this.#watch());
    const element = this.#element;
    const nowMs = this.#options.clock.nowMs();
    if (element.currentTime !== this.#timeS) this.#movedAtMs = nowMs;
    this.#timeS = element.currentTime;
    this.#steer();
    this.#trim();
    const playing = !element.paused && this.#timeS > 0 && nowMs - this.#movedAtMs < STILL_MS;
    this.#options.report({
      playing,
      playedFrame:
        this.#origin === null ? null : this.#origin + Math.floor((this.#timeS * 1_000) / FRAME_MS),
      bufferedMs: Math.max(0, this.#bufferedEndS() - this.#timeS) * 1_000,
      lostFrames: this.#lostFrames + this.#frames.overflowed,
      latencyMs: 0,
      error:
        element.error === null
          ? null
          : new ListenerError("output", `The browser stopped playing: ${element.error.message}`),
    });
  }

  /** Keeps to the wanted distance from the newest sound. */
  #steer(): void {
    const element = this.#element;
    const aheadMs = (this.#bufferedEndS() - element.currentTime) * 1_000;
    const starting = this.#timeS === 0 && aheadMs > WANTED_MS;
    if (starting || aheadMs > JUMP_MS) element.currentTime += (aheadMs - WANTED_MS) / 1_000;
    const rate = element.playbackRate;
    if (aheadMs > WANTED_MS + SLACK_MS) element.playbackRate = CATCH_UP_RATE;
    else if (aheadMs < WANTED_MS && rate !== 1) element.playbackRate = 1;
  }

  #trim(): void {
    const buffer = this.#buffer;
    if (buffer === null || buffer.updating || buffer.buffered.length === 0) return;
    const until = this.#element.currentTime - KEEP_S;
    // Twice as long as need be, so that it's done now and then instead of all the time.
    if (until > buffer.buffered.start(0) + KEEP_S) buffer.remove(0, until);
  }
}
