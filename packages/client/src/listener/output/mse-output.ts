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
/** With this much in hand before each chunk comes it plays steadily in the browsers tried. */
const WANTED_MS = 400;
/** With more than that by this much it plays faster, with less slower; browsers keep the pitch. */
const SLACK_MS = 250;
/** As with the worklet: this far behind live, twice the speed, if MAX_RATE let it. */
const FASTER_SLOPE_MS = 5_000;
const MAX_RATE = 1.25;
const MIN_RATE = 0.9;
/** A gap longer than this is left out: what isn't held any more isn't worth minutes of silence. */
const GAP_FRAMES = 25;
/** What was missed is here by then. */
const BACKLOG_MS = 2_000;
/** After a jump to live, for what was still on its way. */
const JUMPING_MS = 3_000;
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
  #cadenceMs: number;
  /** Chunks that get longer: until they come, that much more must be in hand. */
  #planned: { readonly longerMs: number; readonly fromFrame: number } | null = null;
  /** The least that was in hand of late: just before a chunk came. */
  #lowMs = Number.POSITIVE_INFINITY;
  #lowSinceMs = 0;
  #behindMs = 0;
  #following = true;
  #jumpUntilMs = 0;
  #paused = false;
  #cancelWatch: Cancel;
  #closed = false;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.#cadenceMs = options.cadenceMs;
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

  setCadence(cadenceMs: number, fromFrame = 0): void {
    const newest = this.#frames.newestNumber ?? 0;
    const longerMs = fromFrame > newest ? Math.max(0, cadenceMs - this.#cadenceMs) : 0;
    this.#planned = longerMs > 0 ? { longerMs, fromFrame } : null;
    this.#cadenceMs = cadenceMs;
  }

  pause(): void {
    this.#paused = true;
    this.#element.pause();
  }

  async resume(): Promise<void> {
    this.#paused = false;
    await this.#start();
  }

  setFollowing(following: boolean, behindMs: number): void {
    this.#following = following;
    this.#behindMs = behindMs;
    // What is to come is asked for only now: how much is in hand says nothing yet.
    this.#lowMs = Number.POSITIVE_INFINITY;
    this.#lowSinceMs = this.#options.clock.nowMs() + BACKLOG_MS;
  }

  jumpToLive(): void {
    this.#following = true;
    this.#jumpUntilMs = this.#options.clock.nowMs() + JUMPING_MS;
    this.#steer();
  }

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

  readonly #onPause = (): void => {
    if (!this.#paused) this.#options.stopped();
  };

  #onOpen(source: MediaSource): void {
    if (this.#closed) return;
    this.#buffer = source.addSourceBuffer(CMAF_MIME_TYPE);
    this.#buffer.addEventListener("updateend", () => this.#feed());
    // Chromium keeps to the channels that a track begins with, whatever is appended later.
    this.#buffer.appendBuffer(opusInitSegment(this.#options.channels));
  }

  /** Appends what has its turn; what can't go in yet waits in the bounded buffer. */
  #feed(): void {
    const buffer = this.#buffer;
    if (this.#closed || buffer === null || buffer.updating) return;
    const packets = this.#takePackets();
    const after = this.#frames.nextNumber;
    if (after === null || packets.length === 0) return;
    const next = after - packets.length;
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
      if (next.kind === "gap") {
        if (packets.length === 0 && next.until - next.number > GAP_FRAMES) {
          this.#leaveOut(next.until - next.number);
          continue;
        }
        this.#lostFrames += 1;
      }
      packets.push(next.kind === "frame" ? next.frame.packet : new Uint8Array(0));
      this.#frames.advance();
    }
    return packets;
  }

  /** Media time goes on without the gap. */
  #leaveOut(frames: number): void {
    this.#lostFrames += frames;
    if (this.#origin !== null) this.#origin += frames;
    this.#frames.skipTo(this.#frames.nextNumber! + frames);
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
      behindMs: this.#behindMs,
      following: this.#following,
      rate: element.playbackRate,
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
    const nowMs = this.#options.clock.nowMs();
    const aheadMs = (this.#bufferedEndS() - element.currentTime) * 1_000;
    const starting = this.#timeS === 0 || nowMs < this.#jumpUntilMs;
    const firstMs = WANTED_MS + this.#cadenceMs;
    if (starting && aheadMs > firstMs) {
      element.currentTime += (aheadMs - firstMs) / 1_000;
      this.#lowMs = Number.POSITIVE_INFINITY;
    }
    if (nowMs < this.#lowSinceMs) return;
    this.#lowMs = Math.min(this.#lowMs, aheadMs);
    // Looked at once for every chunk or so: in between, what is in hand runs down.
    if (nowMs - this.#lowSinceMs < this.#cadenceMs + 2 * WATCH_MS) return;
    this.#pace(this.#lowMs - this.#wantedMs());
    this.#lowMs = aheadMs;
    this.#lowSinceMs = nowMs;
  }

  #wantedMs(): number {
    if (this.#planned === null) return WANTED_MS;
    const isHere = (this.#frames.newestNumber ?? 0) >= this.#planned.fromFrame;
    if (isHere) this.#planned = null;
    return WANTED_MS + (this.#planned?.longerMs ?? 0);
  }

  /** @param moreMs how much more than wanted is in hand */
  #pace(moreMs: number): void {
    const isSteady = Math.abs(moreMs) < SLACK_MS;
    this.#behindMs = isSteady ? 0 : Math.max(0, moreMs);
    if (moreMs <= 0) this.#following = true;
    let rate = 1;
    if (this.#following && moreMs > SLACK_MS) rate = 1 + moreMs / FASTER_SLOPE_MS;
    else if (this.#planned !== null && moreMs < 0) rate = MIN_RATE;
    this.#element.playbackRate = Math.min(MAX_RATE, rate);
  }

  #trim(): void {
    const buffer = this.#buffer;
    if (buffer === null || buffer.updating || buffer.buffered.length === 0) return;
    const until = this.#element.currentTime - KEEP_S;
    // Twice as long as need be, so that it's done now and then instead of all the time.
    if (until > buffer.buffered.start(0) + KEEP_S) buffer.remove(0, until);
  }
}
