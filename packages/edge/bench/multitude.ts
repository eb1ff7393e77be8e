/**
 * A multitude on one machine, generators included: a whole Rostra with somebody who talks, as many
 * WebSocket listeners as asked, for as long as asked. Shows whether anybody was closed or met with
 * silence, what a listener costs, and whether the stage noticed.
 *
 *     npm run bench:multitude [-- --listeners 72000 --minutes 10 --per-second 3000 --cadence 1000]
 *
 * `--cadence 0` lets each edge choose by its load. Before the crowd the stage is watched for as long
 * as a tenth of the time, at least 20 s. The crowd takes listeners / per-second seconds to come.
 * 72,000 need two cores, 3 GB, and 20,000 descriptors a process (`ulimit -n`).
 */
import { setTimeout as sleep } from "node:timers/promises";
import { benchOptions, RostraProcess, TestApi } from "@rostra/testkit";
import { systemClock } from "@rostra/wire";
import {
  Crowd,
  cpuMs,
  Processes,
  rssBytes,
  SOCKETS_PER_PROCESS,
  sum,
} from "./support/processes.ts";
import { stageTicks, type TickCounts } from "./support/stage-ticks.ts";
import { head, percentile, positive, row, say, tell } from "./support/table.ts";
import { talk } from "./support/talker.ts";

const values = benchOptions({
  listeners: { type: "string", default: "72000" },
  minutes: { type: "string", default: "10" },
  "per-second": { type: "string", default: "3000" },
  cadence: { type: "string", default: "1000" },
});
const listeners = positive("listeners", values.listeners);
const minutes = positive("minutes", values.minutes);
const perSecond = positive("per-second", values["per-second"]);
const edges = Math.ceil(listeners / SOCKETS_PER_PROCESS);
/** Nobody may be met with a silence this long, ms. */
const WORST_SILENCE_MS = 2_500;
const QUIET_SECONDS = Math.max(20, minutes * 6);
const SETTLE_MS = 5_000;
const LOOK_MS = 30_000;

const processes = new Processes();
const rostra = await RostraProcess.start({
  env: {
    HOST: "0.0.0.0",
    ROSTRA_EDGES: String(edges),
    // The kernel spreads connections by chance: some edges get a little more than their share.
    ROSTRA_EDGE_LISTENERS: "19400",
    ROSTRA_EDGE_JOINS: "100000",
    ...(values.cadence !== "0" && { ROSTRA_EDGE_CADENCE_MS: values.cadence }),
  },
});
let isHealthy = false;
try {
  isHealthy = await run();
} finally {
  processes.close();
  await rostra.stop();
}
process.exit(isHealthy ? 0 : 1);

/** @returns whether all that must hold did */
async function run(): Promise<boolean> {
  const api = new TestApi(rostra.url);
  const ada = await api.guest("Ada");
  const space = await api.openSpace(ada, "A multitude");
  const stopTalking = await talk(rostra.url, space.id, ada.token);
  await api.goLive(ada, space.id);
  const pids = Array.from({ length: edges }, (_, at) => rostra.rolePid(`edge-${at + 1}`));
  const stagePid = rostra.rolePid("stage-1");

  tell(`the stage alone, ${QUIET_SECONDS} s`);
  const alone = await watchStage(QUIET_SECONDS * 1_000);
  const emptyBytes = sum(pids.map(rssBytes));

  const door = { port: Number(new URL(rostra.url).port), path: `/live/${space.id}` };
  const doors = Array.from({ length: edges }, () => door);
  const onProgress = (listening: number) => tell(`${listening} listening`);
  const crowd = new Crowd({
    ...{ processes, sockets: listeners, protocol: "ws", doors, inFlight: 400 * edges },
    ...{ perSecond, onProgress },
  });
  const arrival = await crowd.arrive();
  await sleep(SETTLE_MS);

  await crowd.counts();
  const began = { atMs: systemClock.nowMs(), cpu: pids.map(cpuMs), stageCpu: cpuMs(stagePid) };
  const [before, ticks] = [await crowd.counts(), await stageTicks(rostra.url)];
  let worst = { p50: 0, p99: 0, max: 0 };
  let last = before;
  while (systemClock.nowMs() - began.atMs < minutes * 60_000) {
    const leftMs = minutes * 60_000 - (systemClock.nowMs() - began.atMs);
    await sleep(Math.min(LOOK_MS, Math.max(1, leftMs)));
    last = await crowd.counts();
    const { p50, p99, max } = last.silenceMs;
    worst = {
      p50: Math.max(worst.p50, p50),
      p99: Math.max(worst.p99, p99),
      max: Math.max(worst.max, max),
    };
    const seconds = (systemClock.nowMs() - began.atMs) / 1_000;
    tell(`${seconds.toFixed(0)} s: closed ${last.closed}, longest silence ${max.toFixed(0)} ms`);
  }
  const seconds = (systemClock.nowMs() - began.atMs) / 1_000;
  const full = difference(ticks, await stageTicks(rostra.url));
  const edgeCpuMs = sum(pids.map((pid, at) => cpuMs(pid) - began.cpu[at]!));
  const stageCpu = (cpuMs(stagePid) - began.stageCpu) / 10 / seconds;
  await stopTalking();

  say(`${listeners} WebSocket listeners, ${edges} edges, ${minutes} minutes\n`);
  head("what", "value");
  row("joins/s while they came", arrival.joinsPerSecond.toFixed(0));
  row("first sound p50, p99, max, ms", times(arrival.firstSoundMs));
  row("tried again while they came", arrival.again);
  row("closed", last.closed);
  row("longest silence of any listener: p50, p99, max, ms", joined(worst));
  row("frames missing, of one listener in a thousand", last.missing - before.missing);
  row("chunks/s read", ((last.reads - before.reads) / seconds).toFixed(0));
  row("cores: edges, generators", coresOf(edgeCpuMs, last.cpuMs - before.cpuMs, seconds));
  row("CPU us a listener-second, edges", ((edgeCpuMs * 1_000) / seconds / listeners).toFixed(2));
  row("RSS KB a listener, edges", rssKb(pids, emptyBytes));
  row("CPU of the stage, % of a core", stageCpu.toFixed(1));
  row("stage's late ticks: alone, with the crowd, per thousand", `${late(alone)}, ${late(full)}`);
  return last.closed === 0 && worst.max < WORST_SILENCE_MS;
}

async function watchStage(ms: number): Promise<TickCounts> {
  const before = await stageTicks(rostra.url);
  await sleep(ms);
  return difference(before, await stageTicks(rostra.url));
}

function difference(before: TickCounts, after: TickCounts): TickCounts {
  return { frames: after.frames - before.frames, late: after.late - before.late };
}

function late({ frames, late: count }: TickCounts): string {
  return `${((1_000 * count) / frames).toFixed(2)} (${count} of ${frames})`;
}

function times(values: readonly number[]): string {
  return [0.5, 0.99, 1].map((share) => percentile(values, share).toFixed(0)).join(", ");
}

function joined({ p50, p99, max }: { p50: number; p99: number; max: number }): string {
  return [p50, p99, max].map((ms) => ms.toFixed(0)).join(", ");
}

function coresOf(edgeCpuMs: number, loadCpuMs: number, seconds: number): string {
  return [edgeCpuMs, loadCpuMs].map((ms) => (ms / 1_000 / seconds).toFixed(2)).join(", ");
}

function rssKb(pids: readonly number[], emptyBytes: number): string {
  return ((sum(pids.map(rssBytes)) - emptyBytes) / 1_024 / listeners).toFixed(2);
}
