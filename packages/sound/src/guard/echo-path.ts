import { FRAME_MS, FRAMES_PER_SECOND } from "@rostra/wire";
import { Evidence, LEAST_SCORE, type Peak, SAME_LAG } from "./evidence.ts";
import type { LagSearch } from "./lag-search.ts";
import { Likeness } from "./likeness.ts";

/** A microphone that may carry an echo alone is worth a closer look. */
const WORTH_LIKENESS = 0.85;
/** Enough to say that a known loop still stands. */
const STANDING_SCORE = 5.5;
const STEP = 80;
/** Frames of loudness that are kept: as far as an echo may reach back, and a second to learn by. */
const MEMORY = 128;
const LEARN_FRAMES = FRAMES_PER_SECOND;
const QUIETER_SHARE = 0.4;
/** Rooms keep sounding: 60 dB in half a second. */
const TAIL_DB_PER_FRAME = 2.4;
/** A voice of one's own lifts the microphone so far above what the echo explains. */
const OWN_VOICE_DB = 8;
/** Words have soft ends: whoever has just spoken is let through for so long. */
const OWN_VOICE_HOLD_MS = 160;
/** Below this an echo is not heard, and its absence proves nothing. */
const AUDIBLE_DB = -62;
/** Without a sign of the loop for so long, while there was something to come back: it is over. */
const OVER_AFTER_MS = 1_000;
/** Without anything that could come back for so long: over as well. */
const FORGOTTEN_AFTER_MS = 5_000;
const FLOOR_DB = -100;

/**
 * The way from what a speaker was sent back into their microphone: whether there is one, how long
 * and how loud it is; and from that, whether a frame is echo alone or holds its owner's own voice.
 */
export class EchoPath {
  readonly #mic = new Float32Array(MEMORY).fill(FLOOR_DB);
  /** With the tail that a room gives to it. */
  readonly #sent = new Float32Array(MEMORY).fill(FLOOR_DB);
  readonly #likeness = new Likeness();
  readonly #evidence: readonly Evidence[];
  readonly #histogram = new Uint8Array(100);
  #frame = 0;
  #isOpen = false;
  #lag = 0;
  #couplingDb = 0;
  #missedMs = 0;
  #silentMs = 0;
  /** How long the owner's own voice is still let through. */
  #ownMs = 0;
  #isExplained = false;

  /** @param parts of the lags that are looked at */
  constructor(parts: number) {
    this.#evidence = Array.from({ length: parts }, () => new Evidence());
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Length of the way, samples at 4 kHz. */
  get lag(): number {
    return this.#lag;
  }

  get isExplained(): boolean {
    return this.#isExplained;
  }

  /** One frame on. Mean powers of what the microphone gave and of what was sent. */
  push(micPower: number, sentPower: number): void {
    this.#frame += 1;
    const tail = this.#sent[(this.#frame - 1) % MEMORY]! - TAIL_DB_PER_FRAME;
    const sentDb = Math.max(tail, decibels(sentPower));
    const micDb = decibels(micPower);
    this.#likeness.push(micDb, sentDb);
    this.#mic[this.#frame % MEMORY] = micDb;
    this.#sent[this.#frame % MEMORY] = sentDb;
    if (!this.#isOpen) return;
    const echoDb = this.#sentBackThen(0) + this.#couplingDb;
    if (micDb > AUDIBLE_DB && micDb >= echoDb + OWN_VOICE_DB) this.#ownMs = OWN_VOICE_HOLD_MS;
    else this.#ownMs -= FRAME_MS;
    this.#isExplained = echoDb > AUDIBLE_DB && this.#ownMs <= 0;
    if (echoDb > AUDIBLE_DB) {
      // Under the owner's own voice an echo that isn't found may be there all the same.
      if (this.#ownMs <= 0) this.#missedMs += FRAME_MS;
      this.#silentMs = 0;
    } else this.#silentMs += FRAME_MS;
    if (this.#missedMs >= OVER_AFTER_MS || this.#silentMs >= FORGOTTEN_AFTER_MS) this.#close();
  }

  /** A look at the lags: the highest peak that is an echo's, or still that of the known one. */
  judge(search: LagSearch): void {
    let [score, lag] = [0, 0];
    for (const [part, peak] of search.peaks.entries()) {
      if (peak.score < LEAST_SCORE) continue;
      if (!this.#isStanding(peak) && !this.#isFound(part, peak, search)) continue;
      if (peak.score > score) [score, lag] = [peak.score, peak.lag];
    }
    if (score > 0) this.#open(lag);
  }

  #isStanding({ score, lag }: Peak): boolean {
    return this.#isOpen && score >= STANDING_SCORE && Math.abs(lag - this.#lag) <= SAME_LAG;
  }

  #isFound(part: number, peak: Peak, search: LagSearch): boolean {
    return this.#evidence[part]!.take(peak, search.coloursAt(peak.lag), this.#frame);
  }

  /** Whether the microphone may carry an echo alone, of whatever delay. */
  get mayFollow(): boolean {
    return this.#likeness.best() >= WORTH_LIKENESS;
  }

  #open(lag: number): void {
    this.#isOpen = true;
    this.#lag = lag;
    this.#missedMs = 0;
    this.#learnCoupling();
  }

  /** The louder of the two frames that a lag between frames falls into. @param back frames ago */
  #sentBackThen(back: number): number {
    const frames = Math.floor(this.#lag / STEP) + back;
    const first = this.#sent[(this.#frame - frames + MEMORY * 2) % MEMORY]!;
    const second = this.#sent[(this.#frame - frames - 1 + MEMORY * 2) % MEMORY]!;
    return Math.max(first, second);
  }

  /**
   * How much quieter the echo is than what was sent: of the last second the two fifths in which the
   * microphone was lowest against it, since the owner's voice can only add.
   */
  #learnCoupling(): void {
    this.#histogram.fill(0);
    let count = 0;
    for (let back = 0; back < LEARN_FRAMES; back += 1) {
      const sentDb = this.#sentBackThen(back);
      if (sentDb < AUDIBLE_DB) continue;
      const differenceDb = this.#mic[(this.#frame - back + MEMORY * 2) % MEMORY]! - sentDb;
      const bucket = Math.max(0, Math.min(99, Math.round(differenceDb) + 70));
      this.#histogram[bucket] = this.#histogram[bucket]! + 1;
      count += 1;
    }
    let [seen, bucket] = [0, 0];
    while (bucket < 99 && seen + this.#histogram[bucket]! < count * QUIETER_SHARE) {
      seen += this.#histogram[bucket]!;
      bucket += 1;
    }
    this.#couplingDb = bucket - 70;
  }

  #close(): void {
    this.#isOpen = false;
    this.#isExplained = false;
    this.#missedMs = 0;
    this.#silentMs = 0;
    // What was enough once would be again at the next peak that chance puts there.
    for (const evidence of this.#evidence) evidence.reset();
  }

  reset(): void {
    this.#close();
    this.#mic.fill(FLOOR_DB);
    this.#sent.fill(FLOOR_DB);
    this.#likeness.reset();
  }
}

function decibels(power: number): number {
  return Math.max(FLOOR_DB, 10 * Math.log10(power + 1e-20));
}
