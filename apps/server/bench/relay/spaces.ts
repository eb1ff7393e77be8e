import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseSpaceId, type SpaceId } from "@rostra/wire";
import { percentile } from "../statistics.ts";
import type { MemberOrder, MemberReport } from "./member-main.ts";
import { costOf } from "./process-cost.ts";

const MEMBER = fileURLToPath(new URL("./member-main.ts", import.meta.url));
const SETTLE_MS = 3_000;
const MEASURE_MS = 6_000;

export interface Load {
  readonly spaces: number;
  readonly followers: number;
  /** How many of the spaces each of them follows; left out: all. */
  readonly followed?: number;
  readonly putsPerSecond: number;
}

/** CPU as a share of one core. */
export interface LoadResult extends Load {
  readonly natsCpu: number;
  readonly makerCpu: number;
  readonly followerCpu: number;
  /** By which a follower grew, MB a second. */
  readonly growthMb: number;
  /** At one follower, a second. */
  readonly framesPerSecond: number;
  readonly changesPerSecond: number;
  readonly missing: number;
  readonly ageP99Ms: number;
}

/** One process makes frames of so many spaces, others follow all of them, over one server. */
export async function measureLoad(
  load: Load,
  natsUrl: string,
  natsPid: number,
): Promise<LoadResult> {
  const common = { natsUrl, epochMs: Date.now() - 60_000 };
  const makes = Array.from({ length: load.spaces }, (_, at) => spaceId(at));
  const followers = await Promise.all(
    Array.from({ length: load.followers }, (_, at) =>
      member({
        ...common,
        name: `follower-${at}`,
        makes: [],
        follows: makes.slice(0, load.followed),
        putsPerSecond: 0,
      }),
    ),
  );
  const maker = await member({
    ...common,
    name: "maker",
    makes,
    follows: [],
    putsPerSecond: load.putsPerSecond,
  });
  try {
    await sleep(SETTLE_MS);
    await Promise.all(followers.map(reportOf));
    const pids = [natsPid, maker.pid!, followers[0]!.pid!];
    const before = pids.map(costOf);
    const fromMs = performance.now();
    await sleep(MEASURE_MS);
    const seconds = (performance.now() - fromMs) / 1_000;
    const after = pids.map(costOf);
    const reports = await Promise.all(followers.map(reportOf));
    const cpu = (at: number) => (after[at]!.cpuSeconds - before[at]!.cpuSeconds) / seconds;
    return {
      ...load,
      natsCpu: cpu(0),
      makerCpu: cpu(1),
      followerCpu: cpu(2),
      growthMb: (after[2]!.rssMb - before[2]!.rssMb) / seconds,
      framesPerSecond: reports[0]!.frames / seconds,
      changesPerSecond: reports[0]!.changes / seconds,
      missing: reports.reduce((sum, { missing }) => sum + missing, 0),
      ageP99Ms: percentile(
        reports.flatMap(({ agesMs }) => agesMs),
        0.99,
      ),
    };
  } finally {
    for (const child of [maker, ...followers]) child.kill("SIGKILL");
    // Gone from the fleet before the next ones come under their names.
    await sleep(1_500);
  }
}

async function member(order: MemberOrder): Promise<ChildProcess> {
  const child = fork(MEMBER, { serialization: "advanced" });
  child.send(order);
  await once(child, "message");
  return child;
}

async function reportOf(child: ChildProcess): Promise<MemberReport> {
  const answered = once(child, "message");
  child.send("report");
  return (await answered)[0] as MemberReport;
}

function spaceId(index: number): SpaceId {
  return parseSpaceId(index.toString(16).padStart(16, "0"));
}
