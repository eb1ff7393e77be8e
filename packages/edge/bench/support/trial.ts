import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { systemClock } from "@rostra/wire";
import type {
  BenchProtocol,
  CertificateFiles,
  FromServer,
  FromStage,
  LoadCounts,
  Question,
  ServerKind,
  StageAddress,
  StageOrder,
} from "./message.ts";
import {
  type Arrival,
  Crowd,
  cpuMs,
  next,
  Processes,
  rssBytes,
  SOCKETS_PER_PROCESS,
  sum,
} from "./processes.ts";

/** What one kind of server did for one crowd. */
export interface Trial extends Arrival {
  readonly sockets: number;
  /** Processes of the server. */
  readonly servers: number;
  /** Of the servers' processes a second before the crowd came: what isn't for listeners. 0: not looked at. */
  readonly emptyCpuMs: number;
  /** Turns of the servers' event loops a second, with nobody there and with the crowd. */
  readonly emptyTurns: number;
  readonly turns: number;
  /** Of the servers' processes, all threads, over the time that was measured. */
  readonly cpuMs: number;
  readonly seconds: number;
  readonly writes: number;
  readonly bytes: number;
  /** Reads of the crowd over the same time: about as many as writes where it follows. */
  readonly reads: number;
  readonly closed: number;
  readonly rssBytes: number;
  /** How much of that came with the crowd. */
  readonly crowdRssBytes: number;
  /** Longest times without a byte, of all listeners, ms. */
  readonly silenceMs: LoadCounts["silenceMs"];
}

export interface TrialOptions {
  readonly kind: ServerKind;
  readonly protocol: BenchProtocol;
  readonly sockets: number;
  readonly cadenceMs: number;
  /** Speaks TLS, both ends. */
  readonly tls?: CertificateFiles | undefined;
  readonly seconds: number;
  /** Connections under way at once. */
  readonly inFlight: number;
  /** Writes of each server before it is measured. Default: as many as three seconds have. */
  readonly warmWrites?: number;
  /** How long the server is watched before anybody comes. Default 0. */
  readonly emptySeconds?: number;
}

const STAGE = fileURLToPath(new URL("./stage-main.ts", import.meta.url));
export const SERVER = fileURLToPath(new URL("./server-main.ts", import.meta.url));
/** What a crowd gets to be quiet after the last has come. */
const SETTLE_MS = 3_000;
/** What a fresh process gets to have compiled what it does over and over. */
const WARM_UP_MS = 8_000;

/** A fresh server and a fresh crowd, measured, and ended. */
export async function runTrial(options: TrialOptions): Promise<Trial> {
  const processes = new Processes();
  const directory = mkdtempSync(join(tmpdir(), "rostra-bench-"));
  try {
    const { kind, protocol, sockets, cadenceMs, inFlight } = options;
    const stage = kind === "edge" ? await startStage(processes, directory) : undefined;
    const count = Math.ceil(sockets / SOCKETS_PER_PROCESS);
    const servers = Array.from({ length: count }, () =>
      processes.start(SERVER, {
        ...{ kind, protocol, cadenceMs, stage, tls: options.tls },
      }),
    );
    const doors = await Promise.all(servers.map((it) => next<FromServer, "up">(it, "up")));
    const emptyBytes = sum(servers.map(({ pid }) => rssBytes(pid!)));
    const atLeast = sockets >= 2_000 ? Math.min(2, availableParallelism()) : 1;
    const crowd = new Crowd({ processes, sockets, protocol, doors, inFlight, atLeast });
    const cpuSoFar = () => sum(servers.map(({ pid }) => cpuMs(pid!)));
    const empty = await withNobody(servers, cpuSoFar, options.emptySeconds ?? 0);
    const arrival = await crowd.arrive();
    await sleep(SETTLE_MS);
    const warm = (options.warmWrites ?? 0) * count;
    while ((await writesOf(servers)) < warm) await sleep(1_000);
    const before = { turns: await turnsOf(servers), ...(await reading(servers, crowd)) };
    await sleep(options.seconds * 1_000);
    const after = { turns: await turnsOf(servers), ...(await reading(servers, crowd)) };
    const seconds = (after.atMs - before.atMs) / 1_000;
    const rss = sum(servers.map(({ pid }) => rssBytes(pid!)));
    return {
      ...arrival,
      sockets,
      servers: count,
      ...empty,
      turns: (after.turns - before.turns) / seconds,
      cpuMs: after.cpuMs - before.cpuMs,
      seconds,
      writes: after.writes - before.writes,
      bytes: after.bytes - before.bytes,
      reads: after.reads - before.reads,
      closed: after.closed,
      silenceMs: after.silenceMs,
      rssBytes: rss,
      crowdRssBytes: rss - emptyBytes,
    };
  } finally {
    processes.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** @param directory that nobody else writes to */
export async function startStage(processes: Processes, directory: string): Promise<StageAddress> {
  const order: StageOrder = { relayPath: join(directory, "relay.sock") };
  const { relayPath, spaceId } = await next<FromStage, "on-air">(
    processes.start(STAGE, order),
    "on-air",
  );
  return { relayPath, spaceId };
}

/** What fresh servers do each second once they have become quiet. */
async function withNobody(
  servers: readonly ChildProcess[],
  cpuSoFar: () => number,
  seconds: number,
): Promise<Pick<Trial, "emptyCpuMs" | "emptyTurns">> {
  if (seconds === 0) return { emptyCpuMs: 0, emptyTurns: 0 };
  await sleep(WARM_UP_MS);
  const [turnsBefore, cpuBefore] = [await turnsOf(servers), cpuSoFar()];
  await sleep(seconds * 1_000);
  const emptyCpuMs = (cpuSoFar() - cpuBefore) / seconds;
  return { emptyCpuMs, emptyTurns: ((await turnsOf(servers)) - turnsBefore) / seconds };
}

export function countsOf(servers: readonly ChildProcess[]) {
  const answers = servers.map((server) => {
    server.send("counts" satisfies Question);
    return next<FromServer, "counts">(server, "counts");
  });
  return Promise.all(answers);
}

async function writesOf(servers: readonly ChildProcess[]): Promise<number> {
  return sum((await countsOf(servers)).map(({ writes }) => writes));
}

async function turnsOf(servers: readonly ChildProcess[]): Promise<number> {
  const answers = servers.map((server) => {
    server.send("turns" satisfies Question);
    return next<FromServer, "turns">(server, "turns");
  });
  return sum((await Promise.all(answers)).map(({ turns }) => turns));
}

async function reading(servers: readonly ChildProcess[], crowd: Crowd) {
  const [written, { reads, closed, silenceMs }] = await Promise.all([
    countsOf(servers),
    crowd.counts(),
  ]);
  return {
    ...{ atMs: systemClock.nowMs(), reads, closed, silenceMs },
    cpuMs: sum(servers.map(({ pid }) => cpuMs(pid!))),
    writes: sum(written.map((each) => each.writes)),
    bytes: sum(written.map((each) => each.bytes)),
  };
}
