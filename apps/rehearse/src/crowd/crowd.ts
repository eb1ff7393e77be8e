import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "@rostra/wire";
import { type CrowdOptions, parseOptions, USAGE } from "./plan/options.ts";
import { type Machine, planCrowd, rampMs } from "./plan/plan.ts";
import type { Display } from "./process/display.ts";
import { Fleet } from "./process/fleet.ts";
import { scout } from "./process/scout.ts";
import { progressLine, summary } from "./report/lines.ts";
import { renderPage } from "./report/page.ts";
import { type CrowdReport, makeReport } from "./report/report.ts";
import { Timeline } from "./stats/timeline.ts";

const MINUTE_MS = 60_000;
/** Where the system doesn't tell: what most allow. */
const USUAL_DESCRIPTORS = 20_000;

/**
 * `rostra crowd`: from the command line to the report.
 * @param args what stands after `crowd`
 * @param interrupted aborted when the run shall end early, with what there is
 * @returns the exit code: 0 where the report is of the whole crowd
 * @throws {CrowdError}
 */
export async function crowd(
  args: readonly string[],
  display: Display,
  interrupted: AbortSignal,
): Promise<number> {
  const options = parseOptions(args);
  if (options === "help") {
    display.say(USAGE.trimEnd());
    return 0;
  }
  const report = await runCrowd(options, display, interrupted);
  display.say(summary(report));
  if (options.jsonFile !== undefined) {
    await writeFile(options.jsonFile, `${JSON.stringify(report, undefined, 2)}\n`);
  }
  if (options.htmlFile !== undefined) await writeFile(options.htmlFile, renderPage(report));
  return report.crowd.failed === 0 ? 0 : 1;
}

/** Sends the crowd, stays as long as asked, and brings everybody home. */
async function runCrowd(
  options: CrowdOptions,
  display: Display,
  interrupted: AbortSignal,
): Promise<CrowdReport> {
  const { target, via, insecure } = options;
  // Read by Node when a connection begins; here for the scout, in the processes for the rest.
  if (insecure) process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
  const { title, epochMs, offsetMs } = await scout(target);
  const plans = planCrowd(options, thisMachine());
  const timeline = new Timeline(plans.length);
  const allGone = new AbortController();
  const orders = plans.map((plan) => ({ target, via, insecure, plan, epochMs, offsetMs }));
  const fleet = await Fleet.open(orders, {
    onProgress: (progress) => {
      const second = timeline.add(progress);
      if (second !== undefined) display.show(progressLine(second, options.listeners));
    },
    onAllGone: () => allGone.abort(),
  });
  const regroup = () => fleet.regroup("away");
  process.on("SIGUSR2", regroup);
  let halfway: NodeJS.Timeout | undefined;
  try {
    const startedMs = fleet.start();
    const [arrivingMs, stayingMs] = [rampMs(options), options.minutes * MINUTE_MS];
    const fromNow = (ms: number) => startedMs + arrivingMs + ms - systemClock.nowMs();
    if (options.regroup) halfway = setTimeout(() => fleet.regroup("all"), fromNow(stayingMs / 2));
    const ended = await waited(
      fromNow(stayingMs),
      AbortSignal.any([interrupted, allGone.signal]),
      fleet,
    );
    if (ended === "failed") display.say("A process of the crowd has died; what the others saw:");
    const endedMs = systemClock.nowMs();
    const results = await fleet.stop();
    return makeReport({
      options,
      title,
      startedMs,
      endedMs,
      cutShort: ended !== "in time",
      processes: plans.length,
      results,
      series: timeline.seconds,
    });
  } finally {
    process.off("SIGUSR2", regroup);
    clearTimeout(halfway);
    fleet.kill();
  }
}

/** Until the time is over, or something ends it before. */
async function waited(
  ms: number,
  early: AbortSignal,
  fleet: Fleet,
): Promise<"in time" | "cut short" | "failed"> {
  const timer = sleep(ms, "in time" as const, { signal: early }).catch(() => "cut short" as const);
  return Promise.race([timer, fleet.failed.catch(() => "failed" as const)]);
}

function thisMachine(): Machine {
  return { cores: availableParallelism(), descriptors: openFiles() };
}

/** How many files a process may have open, as far as Linux tells. */
function openFiles(): number {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    // Node takes as much as it may have: the second figure is the hard limit.
    const limit = Number(/^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1] ?? Number.NaN);
    return limit > 0 ? limit : USUAL_DESCRIPTORS;
  } catch {
    return USUAL_DESCRIPTORS;
  }
}
