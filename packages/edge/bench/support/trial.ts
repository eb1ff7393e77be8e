import type { ChildProcess } from "node:child_process";
import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { systemClock } from "@rostra/wire";
import type {
  BenchProtocol,
  CertificateFiles,
  FromServer,
  LoadCounts,
  Question,
  ServerKind,
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
  /** The same while the crowd came: joins, and what was written to those who were there. */
  readonly arrivalCpuMs: number;
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
  /** Listeners who are there already, and stay: they are not counted. Default 0. */
  readonly seated?: number;
}

const SERVER = fileURLToPath(new URL("./server-main.ts", import.meta.url));
/** What a crowd gets to be quiet after the last has come. */
const SETTLE_MS = 3_000;
/** Those who are seated come without a storm. */
const SEATING_PER_SECOND = 3_000;
/** Addresses far from those of the crowd that is counted. */
const SEATED_FROM = 2_000;

/** A fresh server and a fresh crowd, measured, and ended. */
export async function runTrial(options: TrialOptions): Promise<Trial> {
  const processes = new Processes();
  try {
    const { kind, protocol, sockets, cadenceMs, inFlight, seated = 0 } = options;
    const count = Math.ceil((sockets + seated) / SOCKETS_PER_PROCESS);
    const servers = Array.from({ length: count }, () =>
      processes.start(SERVER, { kind, protocol, cadenceMs, tls: options.tls }),
    );
    const doors = await Promise.all(servers.map((it) => next<FromServer, "up">(it, "up")));
    if (seated > 0) {
      const there = { inFlight: 100, perSecond: SEATING_PER_SECOND, firstAddress: SEATED_FROM };
      await new Crowd({ processes, protocol, doors, sockets: seated, ...there }).arrive();
    }
    const emptyBytes = sum(servers.map(({ pid }) => rssBytes(pid!)));
    const atLeast = sockets >= 2_000 ? Math.min(2, availableParallelism()) : 1;
    const crowd = new Crowd({ processes, sockets, protocol, doors, inFlight, atLeast });
    const cpuSoFar = () => sum(servers.map(({ pid }) => cpuMs(pid!)));
    const emptyCpuMs = cpuSoFar();
    const arrival = await crowd.arrive();
    const arrivalCpuMs = cpuSoFar() - emptyCpuMs;
    await sleep(SETTLE_MS);
    const before = await reading(servers, crowd);
    await sleep(options.seconds * 1_000);
    const after = await reading(servers, crowd);
    const rss = sum(servers.map(({ pid }) => rssBytes(pid!)));
    return {
      ...arrival,
      sockets,
      servers: count,
      arrivalCpuMs,
      cpuMs: after.cpuMs - before.cpuMs,
      seconds: (after.atMs - before.atMs) / 1_000,
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
  }
}

async function reading(servers: readonly ChildProcess[], crowd: Crowd) {
  const answers = servers.map((server) => {
    server.send("counts" satisfies Question);
    return next<FromServer, "counts">(server, "counts");
  });
  const [written, { reads, closed, silenceMs }] = await Promise.all([
    Promise.all(answers),
    crowd.counts(),
  ]);
  return {
    ...{ atMs: systemClock.nowMs(), reads, closed, silenceMs },
    cpuMs: sum(servers.map(({ pid }) => cpuMs(pid!))),
    writes: sum(written.map((each) => each.writes)),
    bytes: sum(written.map((each) => each.bytes)),
  };
}
