import type { CrowdSecond } from "../bench-crowd.ts";
import type { Judgement } from "./judge.ts";

/** One case as it was measured. */
export interface CaseResult extends Judgement {
  readonly id: string;
  readonly title: string;
  readonly isPaired: boolean;
  /** ms since 1970. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Until the last of the sample heard the voices without a hitch again, ms; null: not in time. */
  readonly wholeMs: number | null;
  /** Only where somebody was muted: whether nobody heard them. */
  readonly muteHeld?: boolean;
}

/** With what the crowd went through meanwhile. */
export interface JudgedCase extends CaseResult {
  readonly lost: number;
  /** The longest silence at the ear of a player with the SDK's buffering, ms. */
  readonly silenceMs: number;
  readonly skipped: number;
  readonly repeated: number;
}

/** @param listeners how many there should be */
export function withCrowd(
  result: CaseResult,
  seconds: readonly CrowdSecond[],
  listeners: number,
): JudgedCase {
  const meanwhile = seconds.filter(
    ({ endMs }) => endMs > result.fromMs && endMs <= result.toMs + 1_000,
  );
  const most = (of: (second: CrowdSecond) => number) => Math.max(0, ...meanwhile.map(of));
  const sum = (of: (second: CrowdSecond) => number) =>
    meanwhile.reduce((total, second) => total + of(second), 0);
  return {
    ...result,
    lost: listeners - (meanwhile.at(-1)?.listening ?? 0),
    silenceMs: most(({ stallMs }) => stallMs),
    skipped: sum(({ skippedFrames }) => skippedFrames),
    repeated: sum(({ repeatedFrames }) => repeatedFrames),
  };
}

const ms = (value: number) => `${Math.round(value)} ms`;

export function toTable(cases: readonly JudgedCase[]): string {
  const head = [
    "fault",
    "pair",
    "listeners lost",
    "silence at the ear",
    "holding sound instead of the voices",
    "frames missing",
    "wrong or repeated",
    "whole again after",
    "like what was said",
  ];
  const rows = cases.map((one) => [
    one.title +
      (one.muteHeld === undefined ? "" : one.muteHeld ? " (mute held)" : " (MUTE BROKEN)"),
    one.isPaired ? "yes" : "no",
    String(one.lost),
    ms(one.silenceMs),
    ms(one.heldMs),
    String(one.missing + one.skipped),
    String(one.wrong + one.repeated),
    one.wholeMs === null ? "not in time" : ms(one.wholeMs),
    one.likeness.toFixed(2),
  ]);
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

/** What no fault may do: lose a listener, or give somebody a wrong frame. */
export function isBroken({ lost, wrong, repeated, muteHeld }: JudgedCase): boolean {
  return lost > 0 || wrong + repeated > 0 || muteHeld === false;
}
