/**
 * Icecast (Debian's icecast2) and an edge, each with the same crowd of Ogg/Opus listeners at 32 kbit/s,
 * in one run: how fast they come in, and what a second of one listener costs.
 *
 *     npm run bench:icecast [-- --listeners 3000 --seconds 20 --in-flight 200]
 *
 * Icecast writes about once a second, as its source's pages come; the edge is held at a cadence of
 * one second for that. Linux only. Icecast lets in some tens a second: the run takes minutes.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { benchOptions } from "@rostra/testkit";
import { Icecast } from "./compare/icecast.ts";
import type { FromServer } from "./support/message.ts";
import { Crowd, cpuMs, next, Processes, rssBytes } from "./support/processes.ts";
import { head, percentile, positive, row, say, tell } from "./support/table.ts";

const values = benchOptions({
  listeners: { type: "string", default: "3000" },
  seconds: { type: "string", default: "20" },
  "in-flight": { type: "string", default: "200" },
});
const listeners = positive("listeners", values.listeners);
const seconds = positive("seconds", values.seconds);
const inFlight = positive("in-flight", values["in-flight"]);
const EDGE = fileURLToPath(new URL("./support/server-main.ts", import.meta.url));
const CADENCE_MS = 1_000;
const SETTLE_MS = 3_000;
const IDLE_MS = 5_000;

interface Found {
  readonly name: string;
  readonly joinsPerSecond: number;
  readonly firstSoundMs: readonly number[];
  readonly again: number;
  readonly usPerListenerSecond: number;
  /** Of a second with nobody there, CPU ms. */
  readonly idleMs: number;
  readonly bytesPerListenerSecond: number;
  readonly rssBytes: number;
  readonly closed: number;
}

async function measure(
  name: string,
  processes: Processes,
  server: { readonly pid: number; readonly port: number; readonly path: string },
): Promise<Found> {
  const [idleFromMs, idleCpuMs] = [performance.now(), cpuMs(server.pid)];
  await sleep(IDLE_MS);
  const idleSeconds = (performance.now() - idleFromMs) / 1_000;
  const idleMs = (cpuMs(server.pid) - idleCpuMs) / idleSeconds;
  tell(`${name}: ${listeners} listeners come`);
  const crowd = new Crowd({
    ...{ processes, sockets: listeners, protocol: "ogg" as const, inFlight },
    doors: [{ port: server.port, path: server.path }],
    onProgress: (there) => tell(`  ${there} have sound`),
  });
  const arrival = await crowd.arrive();
  await sleep(SETTLE_MS);
  const [before, cpuBefore] = [await crowd.counts(), cpuMs(server.pid)];
  await sleep(seconds * 1_000);
  const [after, cpuAfter] = [await crowd.counts(), cpuMs(server.pid)];
  const listenerSeconds = listeners * seconds;
  return {
    name,
    idleMs,
    ...arrival,
    usPerListenerSecond: ((cpuAfter - cpuBefore) * 1_000) / listenerSeconds,
    bytesPerListenerSecond: (after.bytes - before.bytes) / listenerSeconds,
    rssBytes: rssBytes(server.pid),
    closed: after.closed,
  };
}

async function ofIcecast(): Promise<Found> {
  const processes = new Processes();
  const icecast = await Icecast.start();
  try {
    return await measure("Icecast", processes, icecast);
  } finally {
    processes.close();
    await icecast.stop();
  }
}

async function ofEdge(): Promise<Found> {
  const processes = new Processes();
  try {
    const order = { kind: "edge", protocol: "ogg", cadenceMs: CADENCE_MS };
    const child = processes.start(EDGE, order);
    const { port, path } = await next<FromServer, "up">(child, "up");
    return await measure("edge", processes, { pid: child.pid!, port, path });
  } finally {
    processes.close();
  }
}

say(`${listeners} Ogg listeners, ${inFlight} under way at once, ${seconds} s\n`);
const found = [await ofEdge(), await ofIcecast()];
head(
  "server",
  "joins/s",
  "first sound p50 ms",
  "p99 ms",
  "tried again",
  "CPU us a listener-second",
  "CPU ms a second with nobody",
  "bytes a listener-second",
  "RSS MB",
  "closed",
);
for (const each of found) {
  row(
    each.name,
    each.joinsPerSecond.toFixed(0),
    percentile(each.firstSoundMs, 0.5).toFixed(0),
    percentile(each.firstSoundMs, 0.99).toFixed(0),
    each.again,
    each.usPerListenerSecond.toFixed(1),
    each.idleMs.toFixed(1),
    each.bytesPerListenerSecond.toFixed(0),
    (each.rssBytes / 2 ** 20).toFixed(0),
    each.closed,
  );
}
const [edge, icecast] = found;
const ratio = edge!.usPerListenerSecond / icecast!.usPerListenerSecond;
say(`\nthe edge's CPU a listener-second, as a share of Icecast's: ${ratio.toFixed(2)}`);
