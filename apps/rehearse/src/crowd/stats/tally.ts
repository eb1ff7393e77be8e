import { Histogram, type HistogramData } from "./histogram.ts";

/** How often each named thing happened: reasons, statuses, errors. */
type Reasons = Record<string, number>;

/** What is counted of one group of listeners. */
export interface Counts {
  /** Who was to come, and who has begun to. */
  planned: number;
  started: number;
  /** Who got a first sound. */
  heard: number;
  /** Who was told where to go, or when to come back, before any sound. */
  told: number;
  /** Who got sound or was told something: whoever is left met silence. */
  answered: number;
  /** Who got a first sound elsewhere than it first asked, and who got it by HLS instead of live. */
  moved: number;
  fellBack: number;
  /** Connections that were let go once another had taken over, because the server asked for it. */
  changedOver: number;
  /** Connections tried beside one that was late, and those of them that took over. */
  secondTried: number;
  secondWon: number;
  /** Links in waiting that were needed: beside a connection that was late, or after one that broke. */
  standbyUsed: number;
  /** Chunks, pages or parts, and the bytes of all that came. */
  chunks: number;
  bytes: number;
  /** Frames that the numbers jumped over, and frames that came twice. */
  skippedFrames: number;
  repeatedFrames: number;
}

const COUNTS: readonly (keyof Counts)[] = [
  "planned",
  "started",
  "heard",
  "told",
  "answered",
  "moved",
  "fellBack",
  "changedOver",
  "secondTried",
  "secondWon",
  "standbyUsed",
  "chunks",
  "bytes",
  "skippedFrames",
  "repeatedFrames",
];

export interface TallyData extends Counts {
  readonly closed: Reasons;
  readonly again: Reasons;
  readonly secondEnded: Reasons;
  readonly arrivedMs: HistogramData;
  readonly firstSoundMs: HistogramData;
  readonly toldMs: HistogramData;
  readonly silenceMs: HistogramData;
  readonly delayMs: HistogramData;
  readonly leftMs: HistogramData;
  readonly backMs: HistogramData;
}

/** One group of listeners in numbers. Tallies of processes and of groups add up. */
export class Tally {
  readonly counts: Counts = {
    planned: 0,
    started: 0,
    heard: 0,
    told: 0,
    answered: 0,
    moved: 0,
    fellBack: 0,
    changedOver: 0,
    secondTried: 0,
    secondWon: 0,
    standbyUsed: 0,
    chunks: 0,
    bytes: 0,
    skippedFrames: 0,
    repeatedFrames: 0,
  };
  /** Connections that ended although their listener wanted to stay, by reason. */
  readonly closed: Reasons = {};
  /** Attempts that came to nothing and were made again, by reason. */
  readonly again: Reasons = {};
  /** Why connections beside one that was late came to nothing, where it wasn't that this one came back. */
  readonly secondEnded: Reasons = {};
  /** From the start of the whole crowd to the first sound. */
  readonly arrivedMs = new Histogram();
  /** From the first attempt to the first sound. */
  readonly firstSoundMs = new Histogram();
  /** From the first attempt to being told where to go, or when to come back. */
  readonly toldMs = new Histogram();
  /** The longest time without sound of each listener that had some. */
  readonly silenceMs = new Histogram();
  /** Of each chunk: how old its oldest frame was when it came, by the frame number's clock. */
  readonly delayMs = new Histogram();
  /** Of each connection that broke: what a player had in hand, and how long it took to new sound. */
  readonly leftMs = new Histogram();
  readonly backMs = new Histogram();

  /** Who should have sound and never got any. */
  get lost(): number {
    return this.counts.started - this.counts.heard;
  }

  add(data: TallyData): void {
    for (const name of COUNTS) this.counts[name] += data[name];
    addReasons(this.closed, data.closed);
    addReasons(this.again, data.again);
    addReasons(this.secondEnded, data.secondEnded);
    this.arrivedMs.merge(data.arrivedMs);
    this.firstSoundMs.merge(data.firstSoundMs);
    this.toldMs.merge(data.toldMs);
    this.silenceMs.merge(data.silenceMs);
    this.delayMs.merge(data.delayMs);
    this.leftMs.merge(data.leftMs);
    this.backMs.merge(data.backMs);
  }

  toData(): TallyData {
    return {
      ...this.counts,
      closed: { ...this.closed },
      again: { ...this.again },
      secondEnded: { ...this.secondEnded },
      arrivedMs: this.arrivedMs.toData(),
      firstSoundMs: this.firstSoundMs.toData(),
      toldMs: this.toldMs.toData(),
      silenceMs: this.silenceMs.toData(),
      delayMs: this.delayMs.toData(),
      leftMs: this.leftMs.toData(),
      backMs: this.backMs.toData(),
    };
  }
}

/** Names come from errors and close codes: few, but a hostile server must not make them many. */
const MAX_REASONS = 50;

/** One more of `reason`; beyond a bound all new ones are `other`. */
export function countReason(reasons: Reasons, reason: string, count = 1): void {
  const known = Object.hasOwn(reasons, reason) || Object.keys(reasons).length < MAX_REASONS;
  const name = known ? reason : "other";
  reasons[name] = (reasons[name] ?? 0) + count;
}

export function totalOf(reasons: Readonly<Reasons>): number {
  return Object.values(reasons).reduce((sum, count) => sum + count, 0);
}

function addReasons(into: Reasons, from: Readonly<Reasons>): void {
  for (const [reason, count] of Object.entries(from)) countReason(into, reason, count);
}
