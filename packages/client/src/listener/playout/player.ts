import {
  type Clock,
  FRAME_MS,
  FRAME_SAMPLES,
  type ProgramFrame,
  SAMPLE_RATE_HZ,
} from "@rostra/wire";
import type { FrameDecoder } from "../decoder/decoder.ts";
import { Concealer } from "./concealer.ts";
import { DelayTarget } from "./delay-target.ts";
import { Pace } from "./pace.ts";
import { PlayoutBuffer } from "./playout-buffer.ts";
import type { LineReport } from "./sample-line.ts";

type Pcm = Float32Array<ArrayBuffer>;

/** Where decoded samples go: the audio thread, seen from here. */
export interface PcmSink {
  /** Takes `pcm` away. @param frame its number; null for silence put in on purpose */
  push(pcm: Pcm, frame: number | null): void;
  /** @param rate 1 for as it was spoken */
  setRate(rate: number): void;
}

export interface PlayerOptions {
  readonly clock: Clock;
  readonly decoder: FrameDecoder;
  readonly sink: PcmSink;
  /** How much sound a chunk holds, as far as is known at first, ms. */
  readonly cadenceMs: number;
}

/** Decoded ahead at most; a longer backlog waits as packets, which are a hundredth of the size. */
const AHEAD_MS = 1_000;
/** Further behind than this, what was missed is dropped for the sake of now. */
const JUMP_MS = 10_000;
/** Being this far from the wanted delay is worth a pause or a skip of a whole frame. */
const STEP_MS = 20;
/** Holding sound isn't worth being this late for. */
const HOLDING_SKIP_MS = 100;
/** Packets in a row that gave no sound: it isn't the packets. */
const BROKEN_DECODES = 25;

/**
 * Decides what is heard when: takes frames as they come, hands samples to the sink in order. A late
 * frame is waited for, a lost one concealed, or skipped where we are behind anyway.
 */
export class Player {
  readonly #clock: Clock;
  readonly #decoder: FrameDecoder;
  readonly #sink: PcmSink;
  readonly #buffer = new PlayoutBuffer();
  readonly #target: DelayTarget;
  readonly #pace = new Pace();
  readonly #concealer = new Concealer();
  /** Runs one behind the other: decoders answer when they like, the sink needs order. */
  #line: Promise<void> = Promise.resolve();
  #decodingFrames = 0;
  #queuedMs = 0;
  #queuedAtMs = 0;
  #rate = 1;
  #started = false;
  #held = false;
  #jumped = false;
  #closed = false;
  #lostFrames = 0;
  #brokenDecodes = 0;

  constructor(options: PlayerOptions) {
    this.#clock = options.clock;
    this.#decoder = options.decoder;
    this.#sink = options.sink;
    this.#target = new DelayTarget(options.cadenceMs);
  }

  /** Frames whose turn came and that weren't there: concealed or skipped. */
  get lostFrames(): number {
    return this.#lostFrames + this.#buffer.overflowed;
  }

  /** Sound at hand, ms: packets, in decoding, and with the sink. */
  get bufferedMs(): number {
    return this.#buffer.size * FRAME_MS + this.#aheadMs();
  }

  /** True while no packet gives sound any more. */
  get decoderBroken(): boolean {
    return this.#brokenDecodes >= BROKEN_DECODES;
  }

  setCadence(cadenceMs: number): void {
    this.#target.setCadence(cadenceMs);
  }

  /**
   * A chunk that just arrived.
   * @param live false for the first one of a connection
   */
  push(frames: readonly ProgramFrame[], live: boolean): void {
    const first = frames[0];
    const last = frames.at(-1);
    if (first === undefined || last === undefined) return;
    const newest = this.#buffer.newestNumber;
    // A copy by another path says nothing of when the sound could first be had.
    if (newest === null || last.number > newest) {
      this.#target.observe(first.number, last.number, this.#clock.nowMs(), live);
    }
    for (const frame of frames) this.#buffer.push(frame);
    this.#feed();
  }

  /** What the audio thread says, about ten times a second. */
  onReport(report: LineReport): void {
    this.#queuedMs = (report.queuedSamples / SAMPLE_RATE_HZ) * 1_000;
    this.#queuedAtMs = this.#clock.nowMs();
    this.#feed();
    this.#adjustPace();
  }

  /** Nothing is handed over while the sink stands still; what comes in is kept. */
  hold(): void {
    this.#held = true;
  }

  /** After `hold`, with an empty sink: begins anew, at live. */
  resume(): void {
    this.#held = false;
    this.#started = false;
    this.#queuedMs = 0;
    this.#feed();
  }

  close(): void {
    this.#closed = true;
    this.#decoder.close();
  }

  /** Sound handed over (or about to be) that hasn't left yet, ms. */
  #aheadMs(): number {
    const leftMs = (this.#clock.nowMs() - this.#queuedAtMs) * this.#rate;
    return Math.max(0, this.#queuedMs - leftMs) + this.#decodingFrames * FRAME_MS;
  }

  /** How much later than wanted `number` would be heard if it were handed over now, ms. */
  #behindMs(number: number): number {
    const heardAtMs = this.#clock.nowMs() + this.#aheadMs() / this.#rate;
    return heardAtMs - number * FRAME_MS - (this.#target.offsetMs ?? 0);
  }

  #adjustPace(): void {
    const next = this.#buffer.nextNumber;
    const rate = next === null || !this.#started ? 1 : this.#pace.rateFor(this.#behindMs(next));
    if (rate === this.#rate) return;
    this.#rate = rate;
    this.#sink.setRate(rate);
  }

  #feed(): void {
    while (!this.#closed && !this.#held && this.#aheadMs() < AHEAD_MS) {
      const next = this.#buffer.peek();
      if (next === undefined) return;
      const number = next.kind === "frame" ? next.frame.number : next.number;
      const behindMs = this.#behindMs(number);
      // At first, and after a long outage, begin where the delay is as wanted.
      if (behindMs > (this.#started ? JUMP_MS : STEP_MS)) {
        this.#jump(number, Math.ceil(behindMs / FRAME_MS));
      } else if (next.kind === "gap") {
        this.#passGap(next.until, behindMs);
      } else if (this.#started && next.frame.holding && behindMs > HOLDING_SKIP_MS) {
        // Nobody is heard in it: the cheapest way there is to catch up.
        this.#skip(1);
      } else {
        // Ran dry, or just began: build up the margin before going on.
        if (behindMs < -STEP_MS && this.#aheadMs() === 0) this.#pause(-behindMs);
        this.#started = true;
        this.#buffer.advance();
        this.#decode(next.frame);
      }
    }
  }

  /** At most to just after the newest frame: what comes next is judged when it is here. */
  #jump(number: number, frames: number): void {
    const skipped = Math.min(frames, (this.#buffer.newestNumber ?? number) + 1 - number);
    if (this.#started) this.#lostFrames += skipped;
    this.#skip(skipped);
  }

  #skip(frames: number): void {
    this.#jumped = true;
    this.#buffer.skipTo(this.#buffer.nextNumber! + frames);
  }

  /** Lost for good: later frames are here. */
  #passGap(until: number, behindMs: number): void {
    const missing = until - this.#buffer.nextNumber!;
    const skipped = Math.min(missing, Math.floor(behindMs / FRAME_MS));
    if (skipped > 0) {
      this.#lostFrames += skipped;
      this.#skip(skipped);
      return;
    }
    this.#lostFrames += 1;
    const number = this.#buffer.nextNumber!;
    this.#buffer.advance();
    this.#enqueue(number, null);
  }

  #pause(ms: number): void {
    const samples = Math.round((Math.min(ms, AHEAD_MS) / 1_000) * SAMPLE_RATE_HZ);
    this.#handOver(new Float32Array(samples), null);
  }

  #decode(frame: ProgramFrame): void {
    const pcm = this.#decoder.decode(frame.packet);
    // Looked at in its turn; until then a failure must not count as unhandled.
    pcm.catch(() => {});
    this.#enqueue(frame.number, pcm);
  }

  /** @param decoding null for a frame to conceal */
  #enqueue(number: number, decoding: Promise<Pcm> | null): void {
    const jumped = this.#jumped;
    this.#jumped = false;
    this.#decodingFrames += 1;
    this.#line = this.#line.then(async () => {
      const pcm = await this.#samples(decoding, jumped);
      this.#decodingFrames -= 1;
      if (!this.#closed) this.#handOver(pcm, number);
    });
  }

  async #samples(decoding: Promise<Pcm> | null, jumped: boolean): Promise<Pcm> {
    if (decoding === null) return this.#concealer.conceal();
    try {
      const pcm = await decoding;
      this.#brokenDecodes = 0;
      if (jumped) this.#concealer.join(pcm);
      else this.#concealer.pass(pcm);
      return pcm;
    } catch {
      this.#lostFrames += 1;
      this.#brokenDecodes += 1;
      return this.#concealer.conceal();
    }
  }

  #handOver(pcm: Pcm, frame: number | null): void {
    const nowMs = this.#clock.nowMs();
    const aheadMs = Math.max(0, this.#queuedMs - (nowMs - this.#queuedAtMs) * this.#rate);
    this.#queuedMs = aheadMs + (pcm.length / FRAME_SAMPLES) * FRAME_MS;
    this.#queuedAtMs = nowMs;
    this.#sink.push(pcm, frame);
  }
}
