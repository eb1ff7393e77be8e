import { describe, expect, it } from "vitest";
import { parseOptions } from "../plan/options.ts";
import { GROUPS, type Group } from "../plan/plan.ts";
import type { TallyByGroup } from "../process/message.ts";
import { Tally } from "../stats/tally.ts";
import type { Second } from "../stats/timeline.ts";
import { progressLine, summary } from "./lines.ts";
import { renderPage } from "./page.ts";
import { type CrowdReport, makeReport } from "./report.ts";

const OPTIONS = parseOptions(["http://localhost:7070/s/0123456789abcdef", "--listeners", "6"]);

function second(number: number, joined: number): Second {
  return {
    ...{
      second: number,
      listening: 4,
      standingBy: 0,
      joined,
      closed: 0,
      again: 0,
      chunks: 40,
      bytes: 20_000,
    },
    ...{ silenceMs: 110, stallMs: 0, skippedFrames: 0, repeatedFrames: 0 },
    ...{ delayMs: { p50: 90, p99: 120, max: 130 } },
  };
}

/** One process with six listeners: four hear, one is lost, one is slow and thrown out. */
function groups(): TallyByGroup {
  const tallies = Object.fromEntries(GROUPS.map((group) => [group, new Tally()]));
  const { ws, slow } = tallies as Record<Group, Tally>;
  Object.assign(ws.counts, { planned: 5, started: 5, heard: 4, bytes: 1_000, skippedFrames: 3 });
  for (const arrivedMs of [100, 200, 400, 2_000]) {
    ws.arrivedMs.add(arrivedMs);
    ws.firstSoundMs.add(arrivedMs / 10);
    ws.silenceMs.add(arrivedMs === 2_000 ? 3_000 : 100);
  }
  ws.closed["ECONNRESET"] = 2;
  Object.assign(slow.counts, { planned: 1, started: 1, heard: 1 });
  slow.silenceMs.add(60_000);
  slow.closed["close 4001, bye too-slow"] = 1;
  return Object.fromEntries(
    GROUPS.map((group) => [group, tallies[group]!.toData()]),
  ) as TallyByGroup;
}

function report(processes = 1): CrowdReport {
  if (OPTIONS === "help") throw new TypeError("no help was asked for");
  const verdict = {
    protocol: "ws",
    frames: 50,
    missing: 0,
    repeated: 0,
    identical: 50,
    different: 0,
  };
  const heard = { ...verdict, unchecked: 0, levelDbfs: -30, silentMs: 0 };
  return makeReport({
    options: OPTIONS,
    title: "<Evening> talk",
    startedMs: 1_700_000_000_000,
    endedMs: 1_700_000_012_000,
    cutShort: false,
    processes,
    results: [
      {
        groups: groups(),
        verdicts: [
          { ...heard, correlation: 1, whole: true },
          { ...heard, missing: 1, correlation: 0.5, whole: false },
        ],
        cost: { cpuSeconds: 2, rssBytes: 9e7, lateMs: 12 },
      },
    ],
    series: [second(1, 3), second(2, 1)],
  });
}

describe("the report", () => {
  it("judges those in the way apart from all others", () => {
    const { steady, groups } = report();
    expect(steady).toMatchObject({ planned: 5, heard: 4, lost: 1, closed: { ECONNRESET: 2 } });
    expect(steady.silencesOver2s).toBe(1);
    expect(steady.silenceMs.max).toBe(3_000);
    expect(Object.keys(groups)).toEqual(["ws", "slow"]);
    expect(groups.slow?.closed).toEqual({ "close 4001, bye too-slow": 1 });
  });

  it("tells how fast they came: all of them, and without the last of a hundred", () => {
    const { joins } = report();
    expect(joins.perSecond).toBeCloseTo(2);
    expect(joins.peakPerSecond).toBe(3);
  });

  it("counts those who heard everything, and keeps the worst", () => {
    expect(report().heard).toMatchObject({ listeners: 2, whole: 1, worstCorrelation: 0.5 });
  });

  it("says how many of the crowd's own processes died", () => {
    expect(report(3).crowd).toMatchObject({ processes: 3, failed: 2, lateMs: 12 });
  });

  it("survives JSON", () => {
    expect(JSON.parse(JSON.stringify(report()))).toEqual(report());
  });

  it("is said in words, one matter a line", () => {
    const text = summary(report());
    expect(text).toContain("4 of 5 got sound, 1 lost");
    expect(text).toContain("1 of 2 heard every frame");
    expect(text).toMatch(/^slow +1 of 1 got sound, 1 closed \(1 close 4001, bye too-slow\)/m);
    expect(progressLine(second(7, 2), 6)).toMatch(/^ {3}7 s {2}4 of 6 listen {2}2 joined/);
  });

  it("is drawn as a page that needs nothing else and trusts no title", () => {
    const page = renderPage(report());
    expect(page).toContain("&lt;Evening&gt; talk");
    expect(page).not.toContain("<Evening>");
    expect(page).toContain("prefers-color-scheme: dark");
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
    expect(page.match(/<svg /g)).toHaveLength(7);
  });

  it("is drawn even where nothing was heard", () => {
    const empty: CrowdReport = {
      ...report(),
      series: [],
      heard: null,
      curves: { firstSoundMs: [], silenceMs: [] },
    };
    expect(renderPage(empty)).toContain("Nothing to draw.");
    expect(renderPage(empty)).not.toMatch(/NaN|undefined|Infinity/);
  });
});
