import type { Verdict } from "../heard/judge.ts";
import type { Group, ProcessPlan } from "../plan/plan.ts";
import type { Target } from "../plan/target.ts";
import type { HistogramData } from "../stats/histogram.ts";
import type { TallyData } from "../stats/tally.ts";

/** What parent and workers say to each other, over the channel that child_process gives. */

export interface WorkOrder {
  readonly target: Target;
  readonly via: readonly Target[];
  readonly insecure: boolean;
  readonly plan: ProcessPlan;
  /** When frame 0 was, ms since 1970 on the server's clock, and that clock less ours. */
  readonly epochMs: number;
  readonly offsetMs: number;
}

/** All leave and come back, or those alone who are elsewhere than where they tried first. */
export type Regroup = "all" | "away";

export type ToWorker =
  | { readonly kind: "order"; readonly order: WorkOrder }
  | { readonly kind: "start"; readonly atMs: number }
  | { readonly kind: "regroup"; readonly who: Regroup }
  | { readonly kind: "stop" };

export type TallyByGroup = Readonly<Record<Group, TallyData>>;

/** One second of a process. */
export interface Progress {
  /** Seconds since the start. */
  readonly second: number;
  /** Sums since the start. */
  readonly groups: TallyByGroup;
  /** Connections that have sound, and links in waiting that stand. */
  readonly listening: number;
  readonly standingBy: number;
  /** How long the one who waits longest for more has been waiting, ms: steady listeners only. */
  readonly silenceMs: number;
  /** The longest silence at the ear of a player in this second: steady listeners only. */
  readonly stallMs: number;
  /** Of the chunks of this second. */
  readonly delayMs: HistogramData;
}

/** What the crowd itself cost, and whether it was in its own way. */
export interface ProcessCost {
  readonly cpuSeconds: number;
  readonly rssBytes: number;
  /** The longest that its event loop was late, ms. */
  readonly lateMs: number;
}

export type FromWorker =
  | { readonly kind: "ready" }
  | { readonly kind: "progress"; readonly progress: Progress }
  /** Everybody was told to go and not to come back. */
  | { readonly kind: "all-gone" }
  | {
      readonly kind: "result";
      readonly groups: TallyByGroup;
      readonly verdicts: readonly Verdict[];
      readonly cost: ProcessCost;
    };
