import type { Verdict } from "../heard/judge.ts";
import { GROUPS } from "../plan/plan.ts";
import { duration, reasons, spread, summaryRows, whole } from "./lines.ts";
import { drawPlot, escapeHtml, type Plot } from "./plot.ts";
import { type CrowdReport, closedOf } from "./report.ts";

/** Verdicts shown one by one; the JSON has all of them. */
const SHOWN_VERDICTS = 50;

const STYLE = `
:root { color-scheme: light dark; --ink: #1c1b22; --soft: #605d6b; --line: #e2e0e8; --ground: #fff;
  --c0: #5a45d6; --c1: #c2410c; --c2: #0f766e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #f1f0f5; --soft: #a5a2b2; --line: #34323d; --ground: #16151b;
    --c0: #a899ff; --c1: #fb923c; --c2: #2dd4bf; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem; color: var(--ink); background: var(--ground);
  font: 1rem/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
h1 { margin: 0; font-size: 1.6rem; } h2 { margin: 0 0 .25rem; font-size: 1rem; }
p { margin: .25rem 0; } .soft { color: var(--soft); }
.plots { display: grid; gap: 1.5rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); margin: 1.5rem 0; }
svg { display: block; width: 100%; height: auto; }
path { fill: none; stroke-width: 1.5; stroke-linejoin: round; }
.c0 { stroke: var(--c0); } .c1 { stroke: var(--c1); } .c2 { stroke: var(--c2); }
.grid { stroke: var(--line); } .axis { fill: var(--soft); font-size: 11px; }
.legend { color: var(--soft); font-size: .85rem; } .legend span { margin-right: 1rem; }
.legend i { display: inline-block; width: .8em; height: .8em; margin-right: .35em; border-radius: 50%; }
.k0 { background: var(--c0); } .k1 { background: var(--c1); } .k2 { background: var(--c2); }
.table { overflow-x: auto; } .table table { min-width: 46rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; font-size: .9rem; }
.summary th { width: 7rem; color: var(--soft); font-weight: 500; }
th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
/* A plot shrinks with the page, its words with it. */
@media (max-width: 40rem) { .axis { font-size: 18px; } }
`;

/** The report as one page: nothing is loaded, nothing runs. */
export function renderPage(report: CrowdReport): string {
  const title = `A crowd of ${whole(report.asked.listeners)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} in ${escapeHtml(report.space.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<p class="soft">${escapeHtml(report.space.title)}, ${escapeHtml(whenWords(report.startedAt))}, ${report.seconds.toFixed(0)} s${report.cutShort ? ", cut short" : ""}</p>
${summaryTable(report)}
<div class="plots">${plotsOf(report).map(figure).join("\n")}</div>
<h2>By group</h2>
${groupTable(report)}
${heardTable(report)}
</body>
</html>
`;
}

/** 2026-11-22T01:39:49.858Z as people read it. */
function whenWords(startedAt: string): string {
  return `${startedAt.slice(0, 19).replace("T", " ")} UTC`;
}

/** The words of the command line, a row each: long ones wrap beside their names. */
function summaryTable(report: CrowdReport): string {
  const rows = summaryRows(report).map(
    ([name, text]) =>
      `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(text)}</td></tr>`,
  );
  return `<table class="summary"><tbody>${rows.join("")}</tbody></table>`;
}

function figure(plot: Plot): string {
  return `<section><h2>${escapeHtml(plot.title)}</h2>${drawPlot(plot)}</section>`;
}

function plotsOf({ series, curves }: CrowdReport): Plot[] {
  const time = { xLabel: "seconds since the start" };
  const over = (value: (it: CrowdReport["series"][number]) => number | undefined) =>
    series.flatMap((it) => {
      const y = value(it);
      return y === undefined ? [] : [[it.second, y] as const];
    });
  const percent = (share: number) => `${Math.round(share * 100)}%`;
  const spreads = { xLabel: "milliseconds", xLog: true, yText: percent };
  return [
    {
      ...time,
      title: "Listening",
      yText: whole,
      curves: [{ name: "listening", points: over((it) => it.listening) }],
    },
    {
      ...time,
      title: "Each second",
      yText: whole,
      curves: [
        { name: "joined", points: over((it) => it.joined) },
        { name: "closed", points: over((it) => it.closed) },
        { name: "tried again", points: over((it) => it.again) },
      ],
    },
    {
      ...time,
      title: "Delay by the frame number's clock",
      yText: duration,
      curves: [
        { name: "p50", points: over((it) => it.delayMs?.p50) },
        { name: "max", points: over((it) => it.delayMs?.max) },
        { name: "p99", points: over((it) => it.delayMs?.p99) },
      ],
    },
    {
      ...time,
      title: "Longest wait for more sound",
      yText: duration,
      curves: [{ name: "silence", points: over((it) => it.silenceMs) }],
    },
    {
      ...time,
      title: "Received, Mbit/s",
      yText: (value) => value.toFixed(value < 10 ? 1 : 0),
      curves: [{ name: "Mbit/s", points: over((it) => (it.bytes * 8) / 1e6) }],
    },
    {
      ...spreads,
      title: "Time to first sound: share of listeners",
      curves: [{ name: "first sound", points: curves.firstSoundMs }],
    },
    {
      ...spreads,
      title: "Longest silence of each listener: share of listeners",
      curves: [{ name: "silence", points: curves.silenceMs }],
    },
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[], tag: string) =>
    `<tr>${row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join("")}</tr>`;
  const body = rows.map((row) => cells(row, "td")).join("");
  return `<div class="table"><table><thead>${cells(head, "th")}</thead><tbody>${body}</tbody></table></div>`;
}

function groupTable({ groups }: CrowdReport): string {
  const rows = GROUPS.flatMap((name) => {
    const group = groups[name];
    if (group === undefined) return [];
    return [
      [
        name,
        `${whole(group.heard)} of ${whole(group.started)}`,
        spread(group.firstSoundMs),
        spread(group.silenceMs),
        spread(group.delayMs),
        closedOf(group) === 0 ? "none" : reasons(group.closed),
        reasons(group.again),
        `${whole(group.skippedFrames)}, ${whole(group.repeatedFrames)}`,
      ],
    ];
  });
  const head = ["group", "got sound", "first sound", "longest silence", "delay", "closed"];
  return table([...head, "tried again", "frames skipped, repeated"], rows);
}

function heardTable({ heard }: CrowdReport): string {
  if (heard === null) return "";
  // The worst come first: they are what somebody looks for.
  const order = [...heard.each].sort((a, b) => Number(a.whole) - Number(b.whole));
  const rows = order.slice(0, SHOWN_VERDICTS).map(verdictRow);
  const head = ["listener", "frames", "missing", "repeated", "identical", "different", "unchecked"];
  const all = [...head, "correlation", "level, dBFS", "longest quiet", "whole"];
  return `<h2>Heard: those who decode, against the program</h2>${table(all, rows)}`;
}

function verdictRow(verdict: Verdict): string[] {
  const { protocol, frames, missing, repeated, identical, different, unchecked } = verdict;
  return [
    protocol,
    ...[frames, missing, repeated, identical, different, unchecked].map(whole),
    verdict.correlation?.toFixed(4) ?? "none",
    verdict.levelDbfs?.toFixed(1) ?? "silence",
    duration(verdict.silentMs),
    verdict.whole ? "yes" : "no",
  ];
}
