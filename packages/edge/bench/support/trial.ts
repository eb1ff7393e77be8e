import { type ChildProcess, fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { systemClock } from "@rostra/wire";
import type {
  BenchProtocol,
  FromLoad,
  FromServer,
  LoadOrder,
  Question,
  ServerKind,
} from "./message.ts";

/** What one server did for one crowd. */
export interface Trial {
  readonly kind: ServerKind;
  readonly protocol: BenchProtocol;
  readonly sockets: number;
  /** Of the server's process, all threads, over the time that was measured. */
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
  /** Of the beginning: how fast they came, and when each had its first sound. */
  readonly joinsPerSecond: number;
  readonly firstSoundMs: readonly number[];
  readonly again: number;
}

export interface TrialOptions {
  readonly kind: ServerKind;
  readonly protocol: BenchProtocol;
  readonly sockets: number;
  readonly cadenceMs: number;
  readonly seconds: number;
  /** Connections under way at once. */
  readonly inFlight: number;
}

const SERVER = fileURLToPath(new URL("./server-main.ts", import.meta.url));
const LOAD = fileURLToPath(new URL("./load-main.ts", import.meta.url));
/** What a crowd gets to be quiet after the last has come. */
const SETTLE_MS = 3_000;
/** The kernel counts in hundredths of a second for user space (USER_HZ), on every Linux. */
const MS_PER_TICK = 10;
const SOCKETS_PER_LOAD = 9_000;
const SOCKETS_PER_ADDRESS = 1_000;

/** A fresh server and a fresh crowd, measured, and ended. */
export async function runTrial(options: TrialOptions): Promise<Trial> {
  const children: ChildProcess[] = [];
  const start = (program: string, order: object) => {
    const child = fork(program, [JSON.stringify(order)], { serialization: "advanced" });
    children.push(child);
    return child;
  };
  try {
    const { kind, protocol, sockets, cadenceMs } = options;
    const server = start(SERVER, { kind, protocol, cadenceMs });
    const { port, path } = await next<FromServer, "up">(server, "up");
    const emptyRssBytes = rssBytes(server.pid!);
    const loads = loadOrders(options, port, path).map((order) => start(LOAD, order));
    await Promise.all(loads.map((load) => next<FromLoad, "ready">(load, "ready")));
    for (const load of loads) load.send("begin" satisfies Question);
    const begun = await Promise.all(
      loads.map((load) => next<FromLoad, "listening">(load, "listening")),
    );
    await sleep(SETTLE_MS);
    const before = await reading(server, loads);
    await sleep(options.seconds * 1_000);
    const after = await reading(server, loads);
    return {
      kind,
      protocol,
      sockets,
      cpuMs: after.cpuMs - before.cpuMs,
      seconds: (after.atMs - before.atMs) / 1_000,
      writes: after.writes - before.writes,
      bytes: after.bytes - before.bytes,
      reads: after.reads - before.reads,
      closed: after.closed,
      rssBytes: rssBytes(server.pid!),
      crowdRssBytes: rssBytes(server.pid!) - emptyRssBytes,
      joinsPerSecond: (sockets * 1_000) / Math.max(...begun.map((each) => each.allAnsweredMs)),
      firstSoundMs: begun.flatMap((each) => each.firstSoundMs),
      again: sum(begun.map((each) => each.again)),
    };
  } finally {
    for (const child of children) child.kill("SIGKILL");
  }
}

function loadOrders(options: TrialOptions, port: number, path: string): LoadOrder[] {
  const { sockets, protocol, inFlight } = options;
  const count = Math.max(
    Math.ceil(sockets / SOCKETS_PER_LOAD),
    sockets >= 2_000 ? Math.min(2, availableParallelism()) : 1,
  );
  const addressCount = Math.max(4, Math.ceil(sockets / SOCKETS_PER_ADDRESS));
  const addresses = Array.from({ length: addressCount }, (_, at) => `127.0.0.${at + 1}`);
  return Array.from({ length: count }, (_, at) => ({
    ...{ protocol, port, path },
    sockets: Math.floor(sockets / count) + (at < sockets % count ? 1 : 0),
    inFlight: Math.ceil(inFlight / count),
    addresses: addresses.filter((_address, place) => place % count === at),
  }));
}

async function reading(server: ChildProcess, loads: readonly ChildProcess[]) {
  server.send("counts" satisfies Question);
  for (const load of loads) load.send("counts" satisfies Question);
  const [{ writes, bytes }, ...read] = await Promise.all([
    next<FromServer, "counts">(server, "counts"),
    ...loads.map((load) => next<FromLoad, "counts">(load, "counts")),
  ]);
  return {
    ...{ atMs: systemClock.nowMs(), cpuMs: cpuMs(server.pid!), writes, bytes },
    reads: sum(read.map((each) => each.reads)),
    closed: sum(read.map((each) => each.closed)),
  };
}

/** The next message of a kind. Rejects where the process ends before. */
function next<M extends { kind: string }, K extends M["kind"]>(child: ChildProcess, kind: K) {
  return new Promise<Extract<M, { kind: K }>>((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`a process ended with ${code}`));
    const onMessage = (message: M) => {
      if (message.kind !== kind) return;
      child.off("message", onMessage);
      child.off("exit", onExit);
      resolve(message as Extract<M, { kind: K }>);
    };
    child.on("message", onMessage);
    child.once("exit", onExit);
  });
}

/** CPU time that a process has used, all threads, user and kernel, ms (proc(5)). Linux only. */
function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name stands in brackets and may hold anything: fields are counted from its end.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

function rssBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) * 1_024;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
