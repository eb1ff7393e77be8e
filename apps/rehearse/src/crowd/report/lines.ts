import type { Second } from "../stats/timeline.ts";
import { type CrowdReport, closedOf, type GroupReport, type Spread } from "./report.ts";

/** 12345.6 as `12,346`: the same on every machine. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** Milliseconds as a person reads them. */
export function duration(ms: number | null): string {
  if (ms === null) return "none";
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(2)} s`;
}

export function spread({ p50, p99, max }: Spread): string {
  if (p50 === null) return "none";
  return `p50 ${duration(p50)}, p99 ${duration(p99)}, max ${duration(max)}`;
}

export function reasons(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts).sort(([, a], [, b]) => b - a);
  if (entries.length === 0) return "none";
  return entries.map(([reason, count]) => `${whole(count)} ${reason}`).join("; ");
}

/** One line for one second of the crowd. */
export function progressLine(now: Second, listeners: number): string {
  const { delayMs } = now;
  return [
    `${String(now.second).padStart(4)} s`,
    `${whole(now.listening)} of ${whole(listeners)} listen`,
    ...(now.standingBy > 0 ? [`${whole(now.standingBy)} stand by`] : []),
    `${whole(now.joined)} joined`,
    `${whole(now.closed)} closed`,
    `${whole(now.again)} again`,
    delayMs === undefined
      ? "no sound"
      : `delay ${duration(delayMs.p50)} p99 ${duration(delayMs.p99)}`,
    `longest silence ${duration(now.silenceMs)}`,
    `${((now.bytes * 8) / 1e6).toFixed(1)} Mbit/s`,
  ].join("  ");
}

/** The report in words, for the end of a run. */
export function summary(report: CrowdReport): string {
  return summaryRows(report)
    .map(([name, text]) => `${name.padEnd(12)} ${text}`)
    .join("\n");
}

/** What the report says, and of what. */
export function summaryRows(report: CrowdReport): readonly (readonly [string, string])[] {
  const { joins, steady, heard, crowd, groups } = report;
  const rate = (value: number | null) => (value === null ? "none" : `${whole(value)} a second`);
  const rows: [string, string][] = [
    ["space", `${report.space.title} (${report.space.url})`],
    ["time", `${report.seconds.toFixed(0)} s${report.cutShort ? ", cut short" : ""}`],
    [
      "listeners",
      `${whole(steady.heard)} of ${whole(steady.started)} got sound, ${whole(steady.lost)} lost`,
    ],
    ["joins", `${rate(joins.perSecond)}; the first 99 of 100: ${rate(joins.perSecondOf99)}`],
    ["first sound", spread(steady.firstSoundMs)],
    ["sent on", sentOn(steady)],
    ["again", reasons(steady.again)],
    ["closed", reasons(steady.closed)],
    [
      "silence",
      `longest of each: ${spread(steady.silenceMs)}; ${whole(steady.silencesOver2s)} over 2 s`,
    ],
    ["back", backLine(steady)],
    ["delay", spread(steady.delayMs)],
    ["frames", `${whole(steady.skippedFrames)} skipped, ${whole(steady.repeatedFrames)} repeated`],
    ["received", `${whole(steady.chunks)} chunks, ${(steady.bytes / 1e6).toFixed(1)} MB`],
    ["heard", heardLine(heard)],
  ];
  for (const name of ["thin", "slow"] as const) {
    const group = groups[name];
    if (group !== undefined) rows.push([name, inTheWay(group)]);
  }
  rows.push([
    "the crowd",
    `${crowd.processes} ${crowd.processes === 1 ? "process" : "processes"}${crowd.failed > 0 ? `, ${crowd.failed} died` : ""}, ` +
      `${crowd.cpuSeconds.toFixed(1)} CPU s, ${whole(crowd.rssBytes / 1e6)} MB, ` +
      `itself late by ${duration(crowd.lateMs)} at most`,
  ]);
  return rows;
}

function sentOn(group: GroupReport): string {
  if (group.told + group.moved + group.unanswered === 0) return "nobody";
  return (
    `${whole(group.told)} told where to go or when to come back: ${spread(group.toldMs)}; ` +
    `${whole(group.moved)} heard elsewhere, ${whole(group.fellBack)} of them by HLS; ` +
    `${whole(group.unanswered)} got no word`
  );
}

function backLine({ backMs, leftMs }: GroupReport): string {
  if (backMs.count === 0) return "no connection broke";
  const left = `with ${duration(leftMs.p50)} in hand in the middle`;
  return `${whole(backMs.count)} after their connection broke: ${spread(backMs)}; ${left}`;
}

function heardLine(heard: CrowdReport["heard"]): string {
  if (heard === null) return "nobody decoded";
  const { worstCorrelation } = heard;
  const match = worstCorrelation === null ? "none" : worstCorrelation.toFixed(4);
  return `${heard.whole} of ${heard.listeners} heard every frame, in order, once, byte for byte; worst correlation ${match}`;
}

function inTheWay(group: GroupReport): string {
  return `${whole(group.heard)} of ${whole(group.started)} got sound, ${whole(closedOf(group))} closed (${reasons(group.closed)}), ${whole(group.skippedFrames)} frames skipped`;
}
