import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseSpaceId, type SpaceId } from "@rostra/wire";
import { percentile } from "../statistics.ts";
import type { MemberOrder, MemberReport, PairPart } from "./member-main.ts";
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
  /** Each space on two stages, of which each tells the time to whom; left out: on one. */
  readonly pairs?: PairPart["tells"];
}

/** CPU as a share of one core. */
export interface LoadResult extends Load {
  readonly natsCpu: number;
  readonly makerCpu: number;
  readonly followerCpu: number;
  /** Of a process that follows nothing. */
  readonly bystanderCpu: number;
  /** By which a follower grew, MB a second. */
  readonly growthMb: number;
  /** At one follower, a second. */
  readonly framesPerSecond: number;
  readonly changesPerSecond: number;
  /** Words about time that each stage heard of the other, for each space, a second; undefined: no pairs. */
  readonly timingsPerSpace: number | undefined;
  readonly missing: number;
  readonly ageP99Ms: number;
}

/** One process makes frames of so many spaces, or two do, others follow them, and one follows none, over one server. */
export async function measureLoad(
  load: Load,
  natsUrl: string,
  natsPid: number,
): Promise<LoadResult> {
  const common = {
    natsUrl,
    epochMs: Date.now() - 60_000,
    makes: [],
    follows: [],
    putsPerSecond: 0,
  };
  const spaces = Array.from({ length: load.spaces }, (_, at) => spaceId(at));
  const follows = spaces.slice(0, load.followed);
  const followers = await Promise.all(
    Array.from({ length: load.followers }, (_, at) =>
      member({ ...common, name: `follower-${at}`, follows }),
    ),
  );
  const bystander = await member({ ...common, name: "bystander" });
  const makers = await Promise.all(
    partsOf(load).map((pair, at) =>
      member({
        ...{ ...common, name: `maker-${at}`, makes: spaces, pair },
        putsPerSecond: at === 0 ? load.putsPerSecond : 0,
      }),
    ),
  );
  const watched = [...makers, ...followers];
  try {
    await sleep(SETTLE_MS);
    await Promise.all(watched.map(reportOf));
    const pids = [natsPid, followers[0]!.pid!, bystander.pid!, ...makers.map(({ pid }) => pid!)];
    const before = pids.map(costOf);
    const fromMs = performance.now();
    await sleep(MEASURE_MS);
    const seconds = (performance.now() - fromMs) / 1_000;
    const after = pids.map(costOf);
    const reports = await Promise.all(watched.map(reportOf));
    const cpu = (at: number) => (after[at]!.cpuSeconds - before[at]!.cpuSeconds) / seconds;
    const heard = reports.slice(makers.length);
    const timings = reports[0]!.timings / seconds / load.spaces;
    return {
      ...load,
      natsCpu: cpu(0),
      followerCpu: cpu(1),
      bystanderCpu: cpu(2),
      makerCpu: makers.reduce((sum, _, at) => sum + cpu(3 + at), 0) / makers.length,
      growthMb: (after[1]!.rssMb - before[1]!.rssMb) / seconds,
      framesPerSecond: heard[0]!.frames / seconds,
      changesPerSecond: heard[0]!.changes / seconds,
      timingsPerSpace: load.pairs === undefined ? undefined : timings,
      missing: heard.reduce((sum, { missing }) => sum + missing, 0),
      ageP99Ms: percentile(
        heard.flatMap(({ agesMs }) => agesMs),
        0.99,
      ),
    };
  } finally {
    for (const child of [...watched, bystander]) child.kill("SIGKILL");
    // Gone from the fleet before the next ones come under their names.
    await sleep(1_500);
  }
}

/** The stages of each space. */
function partsOf({ pairs }: Load): (PairPart | undefined)[] {
  if (pairs === undefined) return [undefined];
  return [false, true].map((second) => ({ second, tells: pairs }));
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
