import { type ChildProcess, fork } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { FromLoad, LoadCounts, LoadOrder, Question } from "./message.ts";

const LOAD = fileURLToPath(new URL("./load-main.ts", import.meta.url));
/** A process may hold 20,000 descriptors on many a machine. */
export const SOCKETS_PER_PROCESS = 18_000;
/** One address has some 28,000 ports, and the kernel finds a free one faster where most are. */
const SOCKETS_PER_ADDRESS = 1_000;

// Whoever ends this process ends its children: by what "exit" does.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));

/** The child processes of a bench: whatever happens, none outlives it. */
export class Processes {
  readonly #children: ChildProcess[] = [];
  readonly #onExit = () => this.close();

  constructor() {
    process.on("exit", this.#onExit);
  }

  start(program: string, order: object): ChildProcess {
    const child = fork(program, [JSON.stringify(order)], { serialization: "advanced" });
    this.#children.push(child);
    return child;
  }

  close(): void {
    process.off("exit", this.#onExit);
    for (const child of this.#children.splice(0)) child.kill("SIGKILL");
  }
}

/** The next message of a kind. Rejects where the process ends before. */
export function next<M extends { kind: string }, K extends M["kind"]>(
  child: ChildProcess,
  kind: K,
): Promise<Extract<M, { kind: K }>> {
  return new Promise((resolve, reject) => {
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

export interface CrowdOptions {
  readonly processes: Processes;
  readonly sockets: number;
  readonly protocol: LoadOrder["protocol"];
  /** Where they listen: they are spread evenly. */
  readonly doors: readonly Pick<LoadOrder, "port" | "path" | "tls">[];
  readonly inFlight: number;
  /** Connections begun in a second at most, by all. */
  readonly perSecond?: number;
  /** Generators at least: both cores are of use where the machine has them. */
  readonly atLeast?: number;
  /** Which addresses are taken already, counted from 127.0.0.1. */
  readonly firstAddress?: number;
  readonly onProgress?: (listening: number) => void;
}

/** How a crowd came in. */
export interface Arrival {
  readonly joinsPerSecond: number;
  readonly firstSoundMs: readonly number[];
  readonly again: number;
}

/** Listeners in a few processes. */
export class Crowd {
  /** Resolves when its processes could begin. */
  readonly ready: Promise<unknown>;
  readonly #loads: readonly ChildProcess[];
  readonly #options: CrowdOptions;

  constructor(options: CrowdOptions) {
    this.#options = options;
    this.#loads = ordersFor(options).map((order) => options.processes.start(LOAD, order));
    this.ready = Promise.all(this.#loads.map((load) => next<FromLoad, "ready">(load, "ready")));
    // Said to whoever waits for it.
    this.ready.catch(() => {});
  }

  /** Resolves when everybody has sound. */
  async arrive(): Promise<Arrival> {
    await this.ready;
    const listening = new Map<ChildProcess, number>();
    for (const load of this.#loads) {
      load.on("message", (message: FromLoad) => {
        if (message.kind !== "progress") return;
        listening.set(load, message.listening);
        this.#options.onProgress?.(sum([...listening.values()]));
      });
      load.send("begin" satisfies Question);
    }
    const begun = await Promise.all(
      this.#loads.map((load) => next<FromLoad, "listening">(load, "listening")),
    );
    const { sockets } = this.#options;
    return {
      joinsPerSecond: (sockets * 1_000) / Math.max(...begun.map((each) => each.allAnsweredMs)),
      firstSoundMs: begun.flatMap((each) => each.firstSoundMs),
      again: sum(begun.map((each) => each.again)),
    };
  }

  /** Everybody says goodbye, and is gone. */
  async leave(): Promise<void> {
    await Promise.all(
      this.#loads.map((load) => {
        const gone = new Promise((resolve) => load.once("exit", resolve));
        load.send("leave" satisfies Question);
        return gone;
      }),
    );
  }

  /** Silences are those since the last time. */
  async counts(): Promise<LoadCounts> {
    for (const load of this.#loads) load.send("counts" satisfies Question);
    const all = await Promise.all(
      this.#loads.map((load) => next<FromLoad, "counts">(load, "counts")),
    );
    const total = (value: (each: LoadCounts) => number) => sum(all.map(value));
    const worst = (value: (each: LoadCounts["silenceMs"]) => number) =>
      Math.max(...all.map((each) => value(each.silenceMs)));
    return {
      reads: total((each) => each.reads),
      bytes: total((each) => each.bytes),
      closed: total((each) => each.closed),
      missing: total((each) => each.missing),
      cpuMs: total((each) => each.cpuMs),
      silenceMs: {
        p50: worst((it) => it.p50),
        p99: worst((it) => it.p99),
        max: worst((it) => it.max),
      },
    };
  }
}

/** One process listens at one door, several may at the same. */
function ordersFor(options: CrowdOptions): LoadOrder[] {
  const { sockets, protocol, doors, inFlight, perSecond = 1e6, atLeast = 1 } = options;
  const { firstAddress = 0 } = options;
  const needed = Math.max(Math.ceil(sockets / SOCKETS_PER_PROCESS), atLeast);
  const count = Math.ceil(needed / doors.length) * doors.length;
  const perLoad = Math.max(2, Math.ceil(sockets / count / SOCKETS_PER_ADDRESS));
  return Array.from({ length: count }, (_, at) => ({
    ...doors[at % doors.length]!,
    protocol,
    sockets: Math.floor(sockets / count) + (at < sockets % count ? 1 : 0),
    inFlight: Math.ceil(inFlight / count),
    perSecond: perSecond / count,
    addresses: Array.from({ length: perLoad }, (_address, place) =>
      addressAt(firstAddress + at * perLoad + place),
    ),
  }));
}

function addressAt(place: number): string {
  return `127.0.${Math.floor(place / 250)}.${(place % 250) + 1}`;
}

/**
 * CPU time that a process has used, user and kernel, ms: of the threads that it has now. By the
 * scheduler's own count (Documentation/scheduler/sched-stats.rst), since proc(5)'s `stat` tells tens of
 * milliseconds. Linux only.
 */
export function cpuMs(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  const ns = readdirSync(tasks).map((task) => {
    try {
      return Number(readFileSync(`${tasks}/${task}/schedstat`, "utf8").split(" ")[0]);
    } catch {
      // A thread that has ended since.
      return 0;
    }
  });
  return sum(ns) / 1e6;
}

export function rssBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) * 1_024;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
