import type { CrowdSecond } from "../bench-crowd.ts";
import type { Judgement } from "./judge.ts";
import type { MachineLoad } from "./machine.ts";

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
  readonly machine: MachineLoad;
  /** The pair wasn't one: no second stage had come in time. */
  readonly isAlone?: boolean;
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
  // Told each second: the last one in which somebody was away.
  const away = meanwhile.findLast(({ listening }) => listening < listeners);
  const backMs = away === undefined ? 0 : away.endMs - result.fromMs;
  const most = (of: (second: CrowdSecond) => number) => Math.max(0, ...meanwhile.map(of));
  const sum = (of: (second: CrowdSecond) => number) =>
    meanwhile.reduce((total, second) => total + of(second), 0);
  return {
    ...result,
    wholeMs: result.wholeMs === null ? null : Math.max(result.wholeMs, Math.round(backMs)),
    lost: listeners - (meanwhile.at(-1)?.listening ?? 0),
    silenceMs: most(({ stallMs }) => stallMs),
    skipped: sum(({ skippedFrames }) => skippedFrames),
    repeated: sum(({ repeatedFrames }) => repeatedFrames),
  };
}

const ms = (value: number) => `${Math.round(value)} ms`;
const percent = (share: number) => `${Math.round(share * 100)}%`;

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
    "CPU of the machine",
    "stolen",
  ];
  const rows = cases.map((one) => [
    one.title +
      (one.isAlone === true ? " (NO SECOND STAGE)" : "") +
      (one.muteHeld === undefined ? "" : one.muteHeld ? " (mute held)" : " (MUTE BROKEN)"),
    one.isPaired ? "yes" : "no",
    String(one.lost),
    ms(one.silenceMs),
    ms(one.heldMs),
    String(one.missing + one.skipped),
    String(one.wrong + one.repeated),
    one.wholeMs === null ? "not in time" : ms(one.wholeMs),
    one.likeness.toFixed(2),
    percent(one.machine.busy),
    percent(one.machine.stolen),
  ]);
  return table([head, ...rows]);
}

/** Where the CPU went: by part of the fleet, in the case without a fault and in the fullest one. */
export function toLoadTable(cases: readonly JudgedCase[]): string {
  const fullest = cases.reduce((most, one) => (one.machine.busy > most.machine.busy ? one : most));
  const shown = [...new Set([cases[0]!, fullest])];
  const names = new Set(shown.flatMap(({ machine }) => Object.keys(machine.parts)));
  const spent = (one: JudgedCase, name: string) => Math.round(one.machine.parts[name] ?? 0);
  const rows = [...names]
    .sort((a, b) => spent(cases[0]!, b) - spent(cases[0]!, a))
    .map((name) => [name, ...shown.map((one) => String(spent(one, name)))]);
  const dropped = shown.map(({ machine }) => String(machine.droppedPackets));
  const head = [
    "CPU ms a second",
    ...shown.map(({ title, isPaired }) => `${title}, ${isPaired ? "pairs" : "no pairs"}`),
  ];
  const last = ["packets for which the kernel's own queue had no room", ...dropped];
  return table([head, ...rows, last]);
}

function table([head, ...rows]: readonly (readonly string[])[]): string {
  const lines = [head!, head!.map(() => "---"), ...rows];
  return lines.map((row) => `| ${row.join(" | ")} |`).join("\n");
}

/** What no fault may do: lose a listener, give somebody a wrong frame, leave a space without its pair. */
export function isBroken({ lost, wrong, repeated, muteHeld, isAlone }: JudgedCase): boolean {
  return lost > 0 || wrong + repeated > 0 || muteHeld === false || isAlone === true;
}
