import {
  type Clock,
  FRAME_MS,
  FRAME_SAMPLES,
  type ProgramFrame,
  SAMPLE_RATE_HZ,
} from "@rostra/wire";
import type { FrameDecoder, Planes } from "../decoder/decoder.ts";
import { DelayTarget } from "./delay-target.ts";
import { Pace } from "./pace.ts";
import { PlayoutBuffer } from "./playout-buffer.ts";
import type { LineReport } from "./sample-line.ts";
import { WideConcealer } from "./wide-concealer.ts";

/** Where decoded samples go: the audio thread, seen from here. */
export interface PcmSink {
  /** Takes `planes` away. @param frame its number; null for silence put in on purpose */
  push(planes: Planes, frame: number | null): void;
  /** Forgets what has not left yet. */
  clear(): void;
}

/** Makes sound longer or shorter, its pitch kept: `TimeStretcher` of @rostra/sound. */
export interface Stretcher {
  push(block: Planes, rate: number): Planes;
}

export interface PlayerOptions {
  readonly clock: Clock;
  readonly decoder: FrameDecoder;
  readonly sink: PcmSink;
  /** Asked for once there is sound: it isn't needed before. Tried again where it fails. */
  readonly openStretcher: () => Promise<Stretcher>;
  /** How much sound a chunk holds, as far as is known at first, ms. */
  readonly cadenceMs: number;
}

/** Decoded ahead at most; a longer backlog waits as packets, which are a hundredth of the size. */
const AHEAD_MS = 1_000;
/** Being this far from the wanted delay is worth a pause or a skip of a whole frame. */
const STEP_MS = 20;
/** Holding sound isn't worth being this late for. */
const HOLDING_SKIP_MS = 100;
/** Packets in a row that gave no sound: it isn't the packets. */
const BROKEN_DECODES = 25;
/** Between attempts to fetch the stretcher. */
const STRETCHER_RETRY_MS = 5_000;

/**
 * Decides what is heard when: takes frames as they come, hands samples to the sink in order. A late
 * frame is waited for, a lost one concealed, or skipped where we are behind anyway. Who follows live
 * and has fallen behind hears everything a little faster until live; who chose to be behind stays so.
 */
export class Player {
  readonly #clock: Clock;
  readonly #decoder: FrameDecoder;
  readonly #sink: PcmSink;
  readonly #openStretcher: () => Promise<Stretcher>;
  readonly #buffer = new PlayoutBuffer();
  readonly #target: DelayTarget;
  readonly #pace = new Pace();
  readonly #concealer = new WideConcealer();
  /** Runs one behind the other: decoders answer when they like, the sink needs order. */
  #line: Promise<void> = Promise.resolve();
  #decodingFrames = 0;
  #queuedMs = 0;
  #queuedAtMs = 0;
  #rate = 1;
  #stretcher: Stretcher | null = null;
  /** When the stretcher may be asked for (again), ms. */
  #stretcherAtMs = 0;
  #following = true;
  /** Changes with each jump to live: what was being decoded then is not wanted any more. */
  #era = 0;
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
    this.#openStretcher = options.openStretcher;
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

  /** Speed at which what was handed over last is played: 1 for as it was spoken. */
  get rate(): number {
    return this.#rate;
  }

  /** False while somebody who chose to be behind still is. */
  get following(): boolean {
    return this.#following;
  }

  /** How much later than live the sound plays, ms; at live 0. */
  get behindMs(): number {
    const next = this.#buffer.nextNumber;
    if (next === null || !this.#started) return 0;
    return Math.max(0, this.#behindMs(next));
  }

  /** @param fromFrame first frame that comes in chunks of that length; left out: the next */
  setCadence(cadenceMs: number, fromFrame?: number): void {
    this.#target.setCadence(cadenceMs, fromFrame);
  }

  /** @param following false: stays as far behind as it is, at the speed of speech */
  setFollowing(following: boolean): void {
    this.#following = following;
  }

  /** Leaves out what lies between here and live. */
  jumpToLive(): void {
    this.#following = true;
    this.#era += 1;
    this.#decodingFrames = 0;
    this.#queuedMs = 0;
    this.#queuedAtMs = this.#clock.nowMs();
    this.#sink.clear();
    this.#jumped = true;
    // As a newcomer: begins where the delay is as wanted, whatever else is still to come in.
    this.#started = false;
    this.#feed();
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
    if (this.#held) return;
    this.#queuedMs = (report.queuedSamples / SAMPLE_RATE_HZ) * 1_000;
    this.#queuedAtMs = this.#clock.nowMs();
    if (report.programSamples > 0) this.#wantStretcher();
    this.#feed();
  }

  /** Nothing is handed over while the sink stands still; what comes in is kept. */
  hold(): void {
    if (this.#held) return;
    this.#queuedMs = this.#queuedNowMs();
    this.#held = true;
  }

  /** After `hold`: goes on where the sink stopped. */
  resume(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#queuedAtMs = this.#clock.nowMs();
    this.#feed();
  }

  close(): void {
    this.#closed = true;
    this.#decoder.close();
  }

  #queuedNowMs(): number {
    const leftMs = this.#held ? 0 : this.#clock.nowMs() - this.#queuedAtMs;
    return Math.max(0, this.#queuedMs - leftMs);
  }

  /** Sound handed over (or about to be) that hasn't left yet, ms. */
  #aheadMs(): number {
    return this.#queuedNowMs() + (this.#decodingFrames * FRAME_MS) / this.#rate;
  }

  /** How much later than wanted `number` would be heard if `aheadMs` of sound went before it, ms. */
  #behindMs(number: number, aheadMs = this.#aheadMs()): number {
    return this.#clock.nowMs() + aheadMs - number * FRAME_MS - (this.#target.offsetMs ?? 0);
  }

  #wantStretcher(): void {
    const nowMs = this.#clock.nowMs();
    if (this.#stretcher !== null || nowMs < this.#stretcherAtMs) return;
    this.#stretcherAtMs = nowMs + STRETCHER_RETRY_MS;
    this.#openStretcher().then(
      (stretcher) => {
        this.#stretcher ??= stretcher;
      },
      // Without it sound plays on as it was spoken; the next report asks again in a while.
      () => {},
    );
  }

  #feed(): void {
    while (!this.#closed && !this.#held && this.#aheadMs() < AHEAD_MS) {
      const next = this.#buffer.peek();
      if (next === undefined) return;
      const number = next.kind === "frame" ? next.frame.number : next.number;
      const behindMs = this.#behindMs(number);
      // Catching up with the present makes whoever chose to be behind a follower again.
      if (behindMs <= 0) this.#following = true;
      // At first, begin where the delay is as wanted.
      if (!this.#started && behindMs > STEP_MS) {
        this.#jump(number, Math.ceil(behindMs / FRAME_MS));
      } else if (next.kind === "gap") {
        this.#passGap(next.until, behindMs);
      } else if (this.#mayLeaveOut(next.frame) && behindMs > HOLDING_SKIP_MS) {
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

  /** While it catches up, that is: whoever chose to be behind hears the quiet too. */
  #mayLeaveOut(frame: ProgramFrame): boolean {
    return this.#started && this.#following && frame.holding;
  }

  /** At most to just after the newest frame: what comes next is judged when it is here. */
  #jump(number: number, frames: number): void {
    this.#skip(Math.min(frames, (this.#buffer.newestNumber ?? number) + 1 - number));
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
    this.#handOver([new Float32Array(samples)], null);
  }

  #decode(frame: ProgramFrame): void {
    const decoding = this.#decoder.decode(frame.packet);
    // Looked at in its turn; until then a failure must not count as unhandled.
    decoding.catch(() => {});
    this.#enqueue(frame.number, decoding);
  }

  /** @param decoding null for a frame to conceal */
  #enqueue(number: number, decoding: Promise<Planes> | null): void {
    const jumped = this.#jumped;
    const era = this.#era;
    this.#jumped = false;
    this.#decodingFrames += 1;
    this.#line = this.#line.then(async () => {
      const planes = await this.#samples(decoding, jumped);
      if (era !== this.#era) return;
      this.#decodingFrames -= 1;
      if (!this.#closed) this.#handOver(this.#paced(planes, number), number);
    });
  }

  async #samples(decoding: Promise<Planes> | null, jumped: boolean): Promise<Planes> {
    if (decoding === null) return this.#concealer.conceal();
    try {
      const planes = await decoding;
      this.#brokenDecodes = 0;
      return jumped ? this.#concealer.join(planes) : this.#concealer.pass(planes);
    } catch {
      this.#lostFrames += 1;
      this.#brokenDecodes += 1;
      return this.#concealer.conceal();
    }
  }

  /** Longer or shorter, so that the delay comes to what is wanted. */
  #paced(planes: Planes, number: number): Planes {
    const behindMs = this.#behindMs(number, this.#queuedNowMs());
    const wanted = this.#following ? this.#pace.rateFor(behindMs) : 1;
    this.#rate = this.#stretcher === null ? 1 : wanted;
    return this.#stretcher?.push(planes, this.#rate) ?? planes;
  }

  #handOver(planes: Planes, frame: number | null): void {
    this.#queuedMs = this.#queuedNowMs() + (planes[0]!.length / FRAME_SAMPLES) * FRAME_MS;
    this.#queuedAtMs = this.#clock.nowMs();
    this.#sink.push(planes, frame);
  }
}
