/**
 * HLS through nginx, as docs/hosting sets it up: do the requests that reach the edge grow with the
 * listeners? And what does a listener cost with nginx in front, and without?
 *
 *     npm run bench:hls-cache [-- --players 10,100,1000 --seconds 20 --direct 10,100,1000]
 *
 * Real players (`npm run crowd`, HLS with blocking reloads), a real edge, Debian's nginx, all on this
 * machine: CPU is that of the servers alone. Linux only. Ends with 1 where requests grow.
 */
import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { benchOptions, Nginx } from "@rostra/testkit";
import { type CrowdSummary, withCrowd } from "./compare/crowd.ts";
import { started } from "./compare/process.ts";
import type { FromServer } from "./support/message.ts";
import { cpuMs, sum } from "./support/processes.ts";
import { head, row, say } from "./support/table.ts";

const values = benchOptions({
  players: { type: "string", default: "10,100,1000" },
  direct: { type: "string" },
  seconds: { type: "string", default: "20" },
});
const numbers = (text: string) => text.split(",").map(Number);
const players = numbers(values.players);
const direct = numbers(values.direct ?? values.players);
const seconds = Number(values.seconds);
const EDGE = fileURLToPath(new URL("./support/server-main.ts", import.meta.url));
const PLAYERS_PER_SECOND = 100;
/** Twice as many, from the fewest players to the most, would be growth. */
const MAX_GROWTH = 2;

type Up = Extract<FromServer, { kind: "up" }>;

interface Measured {
  readonly edgeRequests: number;
  readonly edgeCpuMs: number;
  readonly nginxCpuMs: number;
}

async function hlsRequests(port: number): Promise<number> {
  const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(/^rostra_edge_hls_requests_total\{[^}]*\} (\d+)$/m.exec(page)?.[1]);
}

/** One fresh edge and one fresh crowd. @param through nginx stands in between */
async function trial(count: number, through: boolean) {
  const order = { kind: "edge", protocol: "ws", cadenceMs: 100 };
  const { child, first } = await started<Up>(EDGE, order);
  const nginx = through ? await Nginx.start(first.port) : undefined;
  try {
    // The first segments of a space that has just begun.
    await sleep(5_000);
    const link = `http://127.0.0.1:${nginx?.port ?? first.port}${first.path}/index.m3u8`;
    const rampSeconds = Math.max(2, Math.ceil(count / PLAYERS_PER_SECOND));
    const crowd = { link, listeners: count, protocol: "hls", rampSeconds };
    return await withCrowd(crowd, () => measure(child, first.port, nginx));
  } finally {
    child.kill("SIGKILL");
    await nginx?.stop();
  }
}

async function measure(
  edge: ChildProcess,
  port: number,
  nginx: Nginx | undefined,
): Promise<Measured> {
  const workers = (await nginx?.workers()) ?? [];
  const look = async () => ({
    requests: await hlsRequests(port),
    edgeCpuMs: cpuMs(edge.pid!),
    nginxCpuMs: sum(workers.map(cpuMs)),
  });
  const before = await look();
  await sleep(seconds * 1_000);
  const after = await look();
  return {
    edgeRequests: after.requests - before.requests,
    edgeCpuMs: after.edgeCpuMs - before.edgeCpuMs,
    nginxCpuMs: after.nginxCpuMs - before.nginxCpuMs,
  };
}

function tell(
  way: string,
  count: number,
  { measured, summary }: { measured: Measured; summary: CrowdSummary },
): void {
  const playerSeconds = count * seconds;
  const ms = (value: number | null) => (value === null ? "-" : value.toFixed(0));
  const us = (ms: number) => ((ms * 1_000) / playerSeconds).toFixed(0);
  const { steady } = summary;
  row(
    ...[way, count, (measured.edgeRequests / seconds).toFixed(1)],
    ...[us(measured.edgeCpuMs), us(measured.nginxCpuMs)],
    us(measured.edgeCpuMs + measured.nginxCpuMs),
    ...[steady.heard, ms(steady.delayMs.p50), ms(steady.delayMs.p99)],
    ms(steady.silenceMs.max),
  );
}

say(`HLS with parts of 200 ms, ${seconds} s each\n`);
head(
  "way",
  "players",
  "requests/s at the edge",
  "edge: CPU us a player-second",
  "nginx: the same",
  "both",
  "heard",
  "delay p50 ms",
  "p99 ms",
  "worst silence ms",
);
const reached: number[] = [];
for (const count of players) {
  const found = await trial(count, true);
  reached.push(found.measured.edgeRequests);
  tell("nginx", count, found);
}
for (const count of direct) tell("edge alone", count, await trial(count, false));
const growth = Math.max(...reached) / Math.min(...reached);
say(`\nrequests at the edge, most to fewest: ${growth.toFixed(2)}`);
process.exitCode = growth <= MAX_GROWTH ? 0 : 1;
