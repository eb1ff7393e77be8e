import type { Verdict } from "../heard/judge.ts";
import { type CrowdOptions, PROTOCOLS } from "../plan/options.ts";
import { GROUPS, type Group } from "../plan/plan.ts";
import type { ProcessCost, TallyByGroup } from "../process/message.ts";
import { Histogram } from "../stats/histogram.ts";
import { Tally, totalOf } from "../stats/tally.ts";
import type { Second } from "../stats/timeline.ts";

/** The silence that nobody should ever hear, ms. */
const LONG_SILENCE_MS = 2_000;

/** A spread of milliseconds; null where there was nothing to measure. */
export interface Spread {
  readonly count: number;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

/** What one group of listeners went through. */
export interface GroupReport {
  readonly planned: number;
  readonly started: number;
  /** Got a first sound, and never got any. */
  readonly heard: number;
  readonly lost: number;
  /** Told where to go or when to come back, before any sound; and within what time. */
  readonly told: number;
  /** Neither got sound nor were told anything. */
  readonly unanswered: number;
  readonly toldMs: Spread;
  /** Got a first sound elsewhere than they first asked; by HLS instead of live. */
  readonly moved: number;
  readonly fellBack: number;
  /** Connections that were let go once another had taken over, as the server asked. */
  readonly changedOver: number;
  /** Connections tried beside one that was late, and those of them that had sound first. */
  readonly secondTried: number;
  readonly secondWon: number;
  readonly standbyUsed: number;
  /** Why others came to nothing, but for those whose first one came back. */
  readonly secondEnded: Readonly<Record<string, number>>;
  /** From the first attempt to the first sound, with all attempts between. */
  readonly firstSoundMs: Spread;
  /** The longest time without sound of each listener, reconnects included. */
  readonly silenceMs: Spread;
  readonly silencesOver2s: number;
  /**
   * Of each chunk: how old its oldest frame was when it came, by the frame number's clock. A player
   * is at least this far behind. What a newcomer is given of the past doesn't count.
   */
  readonly delayMs: Spread;
  /** Of connections that broke: the sound in hand then, and the time to new sound. */
  readonly leftMs: Spread;
  readonly backMs: Spread;
  readonly closed: Readonly<Record<string, number>>;
  readonly again: Readonly<Record<string, number>>;
  readonly skippedFrames: number;
  readonly repeatedFrames: number;
  readonly chunks: number;
  readonly bytes: number;
}

export interface CrowdReport {
  readonly format: "rostra-crowd-report/1";
  readonly startedAt: string;
  /** From the start to the end of listening. */
  readonly seconds: number;
  /** Ended before its time, by hand or because the space ended. */
  readonly cutShort: boolean;
  readonly space: { readonly id: string; readonly title: string; readonly url: string };
  readonly asked: {
    readonly listeners: number;
    readonly mix: CrowdOptions["mix"];
    readonly ramp: CrowdOptions["ramp"];
    readonly minutes: number;
    readonly thin: number;
    readonly slow: number;
    readonly regroup: boolean;
    readonly decode: number;
  };
  readonly joins: {
    /** All that got sound, over the time from the start to the last of them. */
    readonly perSecond: number | null;
    /** The first 99 of 100: one who had to try again doesn't count for all. */
    readonly perSecondOf99: number | null;
    /** In the busiest second. */
    readonly peakPerSecond: number;
  };
  /** Those who should miss nothing, together: neither thin nor slow. */
  readonly steady: GroupReport;
  /** Only groups that had anybody. */
  readonly groups: Readonly<Partial<Record<Group, GroupReport>>>;
  /** Null where nobody decoded. */
  readonly heard: {
    readonly listeners: number;
    readonly whole: number;
    readonly worstCorrelation: number | null;
    readonly each: readonly Verdict[];
  } | null;
  readonly crowd: {
    readonly processes: number;
    /** Processes that died before they could report. */
    readonly failed: number;
    readonly cpuSeconds: number;
    readonly rssBytes: number;
    /** The longest that one of its event loops was late: times can't be trusted beyond it. */
    readonly lateMs: number;
  };
  /** First sound and silence as cumulative curves: pairs of milliseconds and share. */
  readonly curves: {
    readonly firstSoundMs: readonly (readonly [number, number])[];
    readonly silenceMs: readonly (readonly [number, number])[];
  };
  readonly series: readonly Second[];
}

export interface Outcome {
  readonly options: CrowdOptions;
  readonly title: string;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly cutShort: boolean;
  readonly processes: number;
  readonly results: readonly {
    readonly groups: TallyByGroup;
    readonly verdicts: readonly Verdict[];
    readonly cost: ProcessCost;
  }[];
  readonly series: readonly Second[];
}

export function makeReport(outcome: Outcome): CrowdReport {
  const { options, results, series } = outcome;
  const tallies = GROUPS.map((group) => {
    const tally = new Tally();
    for (const result of results) tally.add(result.groups[group]);
    return { group, tally };
  });
  const steady = new Tally();
  for (const { group, tally } of tallies) {
    if (PROTOCOLS.some((protocol) => protocol === group)) steady.add(tally.toData());
  }
  const present = tallies.filter(({ tally }) => tally.counts.planned > 0);
  const { target, listeners, mix, ramp, minutes, thin, slow, regroup, decode } = options;
  return {
    format: "rostra-crowd-report/1",
    startedAt: new Date(outcome.startedMs).toISOString(),
    seconds: (outcome.endedMs - outcome.startedMs) / 1_000,
    cutShort: outcome.cutShort,
    space: {
      id: target.spaceId,
      title: outcome.title,
      url: `${target.baseUrl}/s/${target.spaceId}`,
    },
    asked: { listeners, mix, ramp, minutes, thin, slow, regroup, decode },
    joins: joinsOf(
      tallies.map(({ tally }) => tally),
      series,
    ),
    steady: groupReport(steady),
    groups: Object.fromEntries(present.map(({ group, tally }) => [group, groupReport(tally)])),
    heard: heardOf(results.flatMap(({ verdicts }) => verdicts)),
    crowd: {
      processes: outcome.processes,
      failed: outcome.processes - results.length,
      cpuSeconds: sum(results.map(({ cost }) => cost.cpuSeconds)),
      rssBytes: sum(results.map(({ cost }) => cost.rssBytes)),
      lateMs: Math.max(0, ...results.map(({ cost }) => cost.lateMs)),
    },
    curves: {
      firstSoundMs: curveOf(steady.firstSoundMs),
      silenceMs: curveOf(steady.silenceMs),
    },
    series,
  };
}

function groupReport(tally: Tally): GroupReport {
  const { planned, started, heard, told, moved, fellBack, changedOver } = tally.counts;
  const { secondTried, secondWon, standbyUsed } = tally.counts;
  const { skippedFrames, repeatedFrames, chunks, bytes } = tally.counts;
  return {
    planned,
    started,
    heard,
    lost: tally.lost,
    told,
    unanswered: started - tally.counts.answered,
    toldMs: spreadOf(tally.toldMs),
    moved,
    fellBack,
    changedOver,
    secondTried,
    secondWon,
    standbyUsed,
    secondEnded: tally.secondEnded,
    firstSoundMs: spreadOf(tally.firstSoundMs),
    silenceMs: spreadOf(tally.silenceMs),
    silencesOver2s: tally.silenceMs.above(LONG_SILENCE_MS),
    delayMs: spreadOf(tally.delayMs),
    leftMs: spreadOf(tally.leftMs),
    backMs: spreadOf(tally.backMs),
    closed: tally.closed,
    again: tally.again,
    skippedFrames,
    repeatedFrames,
    chunks,
    bytes,
  };
}

function spreadOf(histogram: Histogram): Spread {
  const at = (share: number) => histogram.percentile(share) ?? null;
  return { count: histogram.count, p50: at(0.5), p99: at(0.99), max: at(1) };
}

function curveOf(histogram: Histogram): [number, number][] {
  return histogram.curve().map(({ valueMs, share }) => [valueMs, share]);
}

function joinsOf(tallies: readonly Tally[], series: readonly Second[]): CrowdReport["joins"] {
  const arrived = new Histogram();
  for (const { arrivedMs } of tallies) arrived.merge(arrivedMs.toData());
  const rate = (share: number) => {
    const withinMs = arrived.percentile(share) ?? 0;
    return withinMs > 0 ? (arrived.count * share * 1_000) / withinMs : null;
  };
  return {
    perSecond: rate(1),
    perSecondOf99: rate(0.99),
    peakPerSecond: Math.max(0, ...series.map((each) => each.joined)),
  };
}

function heardOf(verdicts: readonly Verdict[]): CrowdReport["heard"] {
  if (verdicts.length === 0) return null;
  const known = verdicts.flatMap(({ correlation }) => (correlation === null ? [] : [correlation]));
  return {
    listeners: verdicts.length,
    whole: verdicts.filter(({ whole }) => whole).length,
    worstCorrelation: known.length === 0 ? null : Math.min(...known),
    each: verdicts,
  };
}

/** Connections that ended under steady listeners. */
export function closedOf(group: GroupReport): number {
  return totalOf(group.closed);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
