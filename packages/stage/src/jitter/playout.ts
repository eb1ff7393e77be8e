import { type OpusDecoder, SampleFifo, SoundError } from "@rostra/sound";
import { type Channels, FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE_HZ } from "@rostra/wire";
import { Concealment } from "./concealment.ts";
import { DelayTarget } from "./delay-target.ts";
import { JitterBuffer, type MediaPacket, type StoreResult } from "./jitter-buffer.ts";
import { Nudge } from "./nudge.ts";
import { Pace } from "./pace.ts";
import { findLag, lengthen, STRETCH_SAMPLES, shorten } from "./stretch.ts";

/** Counts what happens to a speaker's packets. */
export interface PacketMeter {
  lost(packets: number): void;
  concealed(packets: number): void;
  recovered(packets: number): void;
}

const SAMPLES_PER_MS = SAMPLE_RATE_HZ / 1000;
/** Decoders conceal in steps of 2.5 ms. */
const STEP_SAMPLES = 120;
/** A hole in the timestamps longer than this is a new beginning, not a loss. */
const MAX_GAP_SAMPLES = SAMPLE_RATE_HZ;
/** Nothing for this long: wait for a fresh start, with the full delay. */
const STALL_SAMPLES = SAMPLE_RATE_HZ;
/** So much over the target can't be caught up by stretching: the oldest packets are dropped. */
const MAX_EXCESS_MS = 250;
/** Where another plays it: with so much less delay than we would choose, at most, ms... */
const FOLLOW_UNDER_MS = 20;
/** ...and never with less than this, or with more than that: then it isn't the same sound. */
const FOLLOW_MIN_MS = 8;
const FOLLOW_MAX_MS = 1_000;
/** So much longer a delay may be for the sake of another's way, ms. */
const WAIT_MS = 60;
/** What is taken for good enough is less than what is aimed at: that is made up for. */
const WAIT_SLACK_MS = 5;
/** As a delay falls that we have chosen ourselves: 6 ms a second. */
const FALL_MS_PER_TICK = 0.12;
/** Decoded and not yet played, of each channel: one packet of 120 ms and what stretching adds. */
const FIFO_SAMPLES = 4 * 5_760;

/** A media time that is heard at a moment; the line goes on from there. */
export interface MediaPlace {
  readonly timestamp: number;
  readonly atMs: number;
}

/**
 * From packets in any order to 960 samples per tick. The line of media time is the packets'
 * timestamps; sound invented while nothing came is on top of it, until a packet's timestamp tells
 * whether it stood for something (lost or never sent: then it counts) or not (the packet was late).
 * Samples are counted for each channel; what is pulled is interleaved where there are two.
 */
export class Playout {
  readonly #buffer = new JitterBuffer();
  readonly #delay = new DelayTarget();
  readonly #fifo: SampleFifo;
  readonly #channels: Channels;
  readonly #pace = new Pace();
  readonly #nudge: Nudge;
  readonly #concealment: Concealment;
  readonly #meter: PacketMeter;
  #isPlaying = false;
  /** Media time up to which sound was decoded. */
  #mediaEnd = 0;
  /** Where the sound is to be: that media time at that moment. Undefined: where we think best. */
  #followed: MediaPlace | undefined;
  /** How much longer than for us alone sound waits, for the sake of another. */
  #extraMs = 0;
  /** No earlier than that: another one couldn't play it so early. */
  #awaited: MediaPlace | undefined;

  /** @param channels of what `decoder` gives */
  constructor(decoder: OpusDecoder, meter: PacketMeter, channels: Channels = 1) {
    this.#fifo = new SampleFifo(FIFO_SAMPLES * channels);
    this.#channels = channels;
    this.#nudge = new Nudge(channels);
    this.#concealment = new Concealment(decoder, channels);
    this.#meter = meter;
  }

  get targetMs(): number {
    return this.#delay.targetMs;
  }

  get jitterMs(): number {
    return this.#delay.jitterMs;
  }

  /** Whether what was pulled last ends with sound that was received, not made up. */
  get isReceived(): boolean {
    return this.#isPlaying && this.#concealment.inventedSamples === 0;
  }

  /** Packets waiting. */
  get waiting(): number {
    return this.#buffer.length;
  }

  /** How long sound waits now, in ms; 0 while nothing is played. */
  delayMs(nowMs: number): number {
    if (!this.#isPlaying) return 0;
    return this.#delay.delayMs(this.#heardUpTo, nowMs);
  }

  get #heardUpTo(): number {
    return this.#mediaEnd + this.#silentSamples - this.#decodedSamples;
  }

  /**
   * Media time of what is pulled next; undefined while nothing is played, or nobody can tell yet
   * whether what is invented now stands for something.
   */
  get position(): number | undefined {
    const isOpen = this.#concealment.inventedSamples > this.#silentSamples;
    return this.#isPlaying && !isOpen ? this.#heardUpTo : undefined;
  }

  /**
   * Plays the sound at the same place as another one does, as far as packets come in time for it.
   * @param place undefined: as we like
   */
  follow(place: MediaPlace | undefined): void {
    this.#followed = place;
  }

  /** Plays nothing earlier than another one could. @param place undefined: nobody is waited for */
  wait(place: MediaPlace | undefined): void {
    this.#awaited = place;
  }

  /** What we would play at `nowMs`, if it were for us alone; undefined before anything came. */
  ownPlace(nowMs: number): MediaPlace | undefined {
    const timestamp = this.#delay.timestampAfter(this.#delay.targetMs, nowMs);
    return timestamp === undefined ? undefined : { timestamp, atMs: nowMs };
  }

  /** The delay to be had at `nowMs`, and whether somebody else chose it. */
  #aim(nowMs: number): { readonly ms: number; readonly isGiven: boolean } {
    const ownMs = this.#delay.targetMs;
    const givenMs = this.#delayOf(this.#followed, nowMs);
    if (givenMs !== undefined && Math.abs(givenMs) <= FOLLOW_MAX_MS) {
      const ms = Math.max(givenMs, FOLLOW_MIN_MS, ownMs - FOLLOW_UNDER_MS);
      this.#extraMs = Math.max(0, ms - ownMs);
      return { ms, isGiven: true };
    }
    const awaitedMs = this.#delayOf(this.#awaited, nowMs) ?? ownMs;
    const mustWait = awaitedMs > ownMs && awaitedMs <= FOLLOW_MAX_MS;
    const waitMs = mustWait ? Math.min(awaitedMs + WAIT_SLACK_MS - ownMs, WAIT_MS) : 0;
    // Whoever isn't waited for any more is forgotten slowly: nothing of it should be heard.
    this.#extraMs = Math.max(this.#extraMs - FALL_MS_PER_TICK, waitMs);
    return { ms: ownMs + this.#extraMs, isGiven: false };
  }

  #delayOf(place: MediaPlace | undefined, nowMs: number): number | undefined {
    if (place === undefined) return undefined;
    const timestamp = place.timestamp + (nowMs - place.atMs) * SAMPLES_PER_MS;
    return this.#delay.delayMs(timestamp, nowMs);
  }

  /** What was invented for a silent sender: it stands for time that no packet tells of. */
  get #silentSamples(): number {
    const { inventedSamples, isSenderSilent } = this.#concealment;
    const head = this.#buffer.peek();
    if (head === undefined) return isSenderSilent ? inventedSamples : 0;
    if (head.sequence !== this.#buffer.nextSequence && !isSenderSilent) return 0;
    return Math.max(0, Math.min(inventedSamples, head.timestamp - this.#mediaEnd));
  }

  /** Decoded and not yet played. */
  get #decodedSamples(): number {
    return this.#fifo.length / this.#channels;
  }

  /** Whether a tick at `nowMs` would begin with sound: as much waits as the delay is meant to be. */
  isReady(nowMs: number): boolean {
    const head = this.#buffer.peek();
    return head !== undefined && this.#delay.delayMs(head.timestamp, nowMs) >= this.#delay.targetMs;
  }

  /**
   * @param arrivalMs when it came
   * @param latestMs where that isn't known: the latest that it may have been, `arrivalMs` being the
   * earliest
   */
  push(packet: MediaPacket, arrivalMs: number, latestMs = arrivalMs): StoreResult {
    const { timestamp } = packet;
    const cameMs = this.#delay.likelyArrivalMs(timestamp, arrivalMs, latestMs);
    if (this.#delay.isNewClock(timestamp, cameMs)) this.clear();
    const result = this.#buffer.push(packet);
    if (result !== "duplicate") this.#delay.observe(timestamp, cameMs);
    return result;
  }

  /** Fills `target`, one frame. @param nowMs when the tick was due */
  pull(target: Float32Array, nowMs: number): void {
    if (!this.#isPlaying && !this.#start(nowMs)) {
      this.#fifo.pull(target);
      return;
    }
    const aim = this.#aim(nowMs);
    const excessMs = this.delayMs(nowMs) - aim.ms;
    this.#dropExcess(excessMs);
    let step = aim.isGiven ? this.#pace.follow(excessMs) : this.#pace.update(excessMs);
    const nudge = aim.isGiven && step === "keep" ? this.#nudge.step(excessMs * SAMPLES_PER_MS) : 0;
    while (this.#decodedSamples < FRAME_SAMPLES + nudge) {
      let pcm = this.#next();
      if (pcm === undefined) continue;
      if (step !== "keep") {
        pcm = this.#stretch(this.#extend(pcm), step, excessMs);
        step = "keep"; // one attempt per tick
      }
      this.#fifo.push(pcm);
    }
    this.#nudge.pull(this.#fifo, target, nudge);
    if (this.#concealment.inventedSamples > STALL_SAMPLES) this.#stop();
  }

  /**
   * Forgets all that waits: sound of before a mute must not be heard after it. A few invented
   * milliseconds fade out instead, so that the cut doesn't click.
   */
  clear(): void {
    this.#buffer.reset();
    this.#delay.reset();
    this.#fifo.clear();
    if (this.#isPlaying) this.#fifo.push(this.#concealment.breakOff());
    this.#stop();
  }

  #stop(): void {
    this.#isPlaying = false;
  }

  #start(nowMs: number): boolean {
    const aim = this.#aim(nowMs);
    if (aim.isGiven) this.#dropBefore(aim.ms, nowMs);
    const head = this.#buffer.peek();
    if (head === undefined) return false;
    const missingMs = aim.ms - this.#delay.delayMs(head.timestamp, nowMs);
    if (missingMs >= FRAME_MS) return false;
    // Ticks come every 20 ms, the right moment lies between two: silence fills up to it.
    const missing = Math.max(0, Math.round(missingMs * SAMPLES_PER_MS));
    this.#fifo.push(new Float32Array(missing * this.#channels));
    this.#isPlaying = true;
    this.#mediaEnd = head.timestamp;
    return true;
  }

  /**
   * Makes the next sound. Invented sound goes straight to the FIFO.
   * @returns decoded sound that may be stretched
   */
  #next(): Float32Array | undefined {
    const head = this.#buffer.peek();
    if (head === undefined) {
      this.#invent(Math.max(1, FRAME_SAMPLES - this.#decodedSamples));
      return undefined;
    }
    const gap = head.timestamp - this.#mediaEnd - this.#concealment.inventedSamples;
    if (gap >= STEP_SAMPLES && gap <= MAX_GAP_SAMPLES) {
      this.#fill(gap, head);
      return undefined;
    }
    return this.#decode(head, gap <= -STEP_SAMPLES);
  }

  #invent(samples: number): void {
    if (!this.#concealment.isSenderSilent) this.#meter.concealed(samples / FRAME_SAMPLES);
    // Rounded up: what is too much is played with the next tick.
    const rounded = Math.ceil(samples / STEP_SAMPLES) * STEP_SAMPLES;
    this.#fifo.push(this.#concealment.conceal(rounded));
  }

  /** Fills a hole before `head`: its last packet from head's FEC, what came before is invented. */
  #fill(gap: number, head: MediaPacket): void {
    const rest = gap - head.samples;
    if (rest >= STEP_SAMPLES) {
      this.#invent(Math.min(FRAME_SAMPLES, Math.floor(rest / STEP_SAMPLES) * STEP_SAMPLES));
      return;
    }
    const samples = Math.floor(Math.min(gap, head.samples) / STEP_SAMPLES) * STEP_SAMPLES;
    // Without a hole in the sequence nothing was lost: the sender was silent (DTX).
    const isLost = head.sequence > this.#buffer.nextSequence;
    const pcm = isLost ? this.#recover(head, samples) : undefined;
    if (pcm === undefined) this.#invent(samples);
    else this.#fifo.push(pcm);
    if (pcm !== undefined) this.#mediaEnd = head.timestamp;
  }

  #recover(head: MediaPacket, samples: number): Float32Array | undefined {
    try {
      const pcm = this.#concealment.recover(head.payload, samples, head.samples);
      this.#meter.recovered(1);
      return pcm;
    } catch (error) {
      throwUnlessBadPacket(error);
      return undefined; // its own turn comes next
    }
  }

  /** @param isLate what was invented before it doesn't stand for anything that was sent */
  #decode(head: MediaPacket, isLate = false): Float32Array | undefined {
    const expected = this.#buffer.nextSequence;
    this.#buffer.take();
    if (expected !== Number.NEGATIVE_INFINITY && head.sequence > expected) {
      this.#meter.lost(head.sequence - expected);
      this.#delay.expectLoss();
    }
    this.#mediaEnd = head.timestamp;
    try {
      const pcm = this.#concealment.decode(head.payload, isLate);
      this.#mediaEnd += head.samples;
      if (isLate) this.#onLate(pcm.length / this.#channels - head.samples);
      return pcm;
    } catch (error) {
      throwUnlessBadPacket(error);
      // As good as lost; the hole that it leaves is filled like any other.
      this.#meter.lost(1);
      return undefined;
    }
  }

  /** @param samples invented on top, so that the packet's wave fits */
  #onLate(samples: number): void {
    this.#meter.concealed(samples / FRAME_SAMPLES);
    this.#pace.late();
  }

  /** What another has played already isn't begun with. */
  #dropBefore(delayMs: number, nowMs: number): void {
    for (let head = this.#buffer.peek(); head !== undefined; head = this.#buffer.peek()) {
      const end = head.timestamp + head.samples;
      if (this.#buffer.length === 1 || this.#delay.delayMs(end, nowMs) < delayMs) return;
      this.#buffer.take();
    }
  }

  #dropExcess(excessMs: number): void {
    if (excessMs <= MAX_EXCESS_MS) return;
    // All of it, not only down to the bound: sound is cut in any case, so let it be cut once.
    let tooMuch = excessMs * SAMPLES_PER_MS;
    while (tooMuch > 0 && this.#buffer.length > 1) {
      const dropped = this.#buffer.take()!;
      this.#meter.lost(1);
      this.#mediaEnd = dropped.timestamp + dropped.samples;
      tooMuch -= dropped.samples;
    }
  }

  /** Stretching wants more than a packet of 10 ms: adds the ones that follow without a hole. */
  #extend(pcm: Float32Array): Float32Array {
    let longer = pcm;
    while (longer.length < STRETCH_SAMPLES * this.#channels) {
      const head = this.#buffer.peek();
      if (head === undefined || head.timestamp !== this.#mediaEnd) break;
      const more = this.#decode(head);
      if (more === undefined) break;
      const joined = new Float32Array(longer.length + more.length);
      joined.set(longer);
      joined.set(more, longer.length);
      longer = joined;
    }
    return longer;
  }

  #stretch(pcm: Float32Array, step: "shorten" | "lengthen", excessMs: number): Float32Array {
    const channels = this.#channels;
    if (pcm.length < STRETCH_SAMPLES * channels) return pcm;
    const atMost = Math.abs(excessMs) * SAMPLES_PER_MS;
    const lag = findLag(pcm, atMost, Pace.mustForce(excessMs), channels);
    if (lag === 0) return pcm;
    this.#pace.rest();
    return step === "shorten" ? shorten(pcm, lag, channels) : lengthen(pcm, lag, channels);
  }
}

/** What a sender can cause is dealt with; a codec that doesn't work is not. */
function throwUnlessBadPacket(error: unknown): void {
  if (!(error instanceof SoundError && error.code === "bad-packet")) throw error;
}
