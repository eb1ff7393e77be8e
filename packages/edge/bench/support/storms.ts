import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { FromServer, ServerOrder } from "./message.ts";
import { Crowd, cpuMs, next, Processes, sum } from "./processes.ts";
import { percentile } from "./table.ts";
import { countsOf, SERVER, startStage } from "./trial.ts";

/** What one storm was like. */
export interface Storm {
  readonly joinsPerSecond: number;
  /** CPU of the servers' processes, all threads, while it came in, us a join. */
  readonly cpuUsPerJoin: number;
  readonly firstSoundMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Connections that were tried again: nothing had come within two seconds. */
  readonly again: number;
  /** Let in and closed again before anybody asked for it, also of those who were there before. */
  readonly lost: number;
  /** The longest that one of those who were there before heard nothing meanwhile, ms; 0 without any. */
  readonly seatedSilenceMs: number;
}

export type StormServer = Pick<ServerOrder, "kind" | "greets">;

/** Under way at once: what load generators commonly have. */
export const IN_FLIGHT = 1_000;
/** Those who are seated come without a storm. */
const SEATING = { inFlight: 100, perSecond: 3_000 };
/** Addresses far from those of the storms. */
const SEATED_FROM = 2_000;
/** What a crowd gets to be quiet after the last has come, and a server after they have gone. */
const SETTLE_MS = 1_000;
/** Longer than this nothing here takes: somebody was lost. */
const LIMIT_MS = 90_000;

/** Servers of one kind, which stay, and storms that come and go. */
export class StormedServers {
  readonly #processes: Processes;
  readonly #directory: string;
  readonly #servers: readonly ChildProcess[];
  readonly #doors: readonly Extract<FromServer, { kind: "up" }>[];
  #seated: Crowd | undefined;
  #seatedCount = 0;

  private constructor(
    processes: Processes,
    directory: string,
    servers: readonly ChildProcess[],
    doors: readonly Extract<FromServer, { kind: "up" }>[],
  ) {
    this.#processes = processes;
    this.#directory = directory;
    this.#servers = servers;
    this.#doors = doors;
  }

  /** Fresh ones. @param count processes */
  static async open(
    { kind, greets }: StormServer,
    cadenceMs: number,
    count: number,
  ): Promise<StormedServers> {
    const processes = new Processes();
    const directory = mkdtempSync(join(tmpdir(), "rostra-bench-"));
    const stage = kind === "edge" ? await startStage(processes, directory) : undefined;
    const order = { kind, greets, cadenceMs, protocol: "ws", stage };
    const servers = Array.from({ length: count }, () => processes.start(SERVER, order));
    const doors = await Promise.all(servers.map((it) => next<FromServer, "up">(it, "up")));
    await sleep(SETTLE_MS);
    return new StormedServers(processes, directory, servers, doors);
  }

  /** Listeners who come in calmly, and stay. */
  async seat(sockets: number): Promise<void> {
    const fixed = { processes: this.#processes, protocol: "ws", doors: this.#doors } as const;
    this.#seated = new Crowd({ ...fixed, ...SEATING, sockets, firstAddress: SEATED_FROM });
    this.#seatedCount = sockets;
    await inTime("those who sit", this.#seated.arrive());
    await sleep(SETTLE_MS);
  }

  /** All at once; they are gone again afterwards. */
  async storm(sockets: number): Promise<Storm> {
    const processes = new Processes();
    try {
      // Both cores are of use where the machine has them.
      const fixed = { inFlight: IN_FLIGHT, atLeast: Math.min(2, availableParallelism()) };
      const options = { processes, sockets, doors: this.#doors, ...fixed };
      const crowd = new Crowd({ ...options, protocol: "ws" });
      await crowd.ready;
      const seatedBefore = await this.#seated?.counts();
      const before = this.#cpuMs();
      const { joinsPerSecond, firstSoundMs, again } = await inTime("a storm", crowd.arrive());
      const after = this.#cpuMs();
      const seated = await this.#seated?.counts();
      await sleep(SETTLE_MS);
      const { closed } = await crowd.counts();
      // Without a goodbye their places would be kept for them.
      await inTime("those who leave", crowd.leave());
      const at = (share: number) => percentile(firstSoundMs, share);
      return {
        joinsPerSecond,
        cpuUsPerJoin: ((after - before) * 1_000) / sockets,
        firstSoundMs: { p50: at(0.5), p99: at(0.99), max: at(1) },
        again,
        lost: closed + (seated?.closed ?? 0) - (seatedBefore?.closed ?? 0),
        seatedSilenceMs: seated?.silenceMs.max ?? 0,
      };
    } finally {
      processes.close();
      await inTime("those who have left", this.#calm());
    }
  }

  close(): void {
    this.#processes.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #cpuMs(): number {
    return sum(this.#servers.map(({ pid }) => cpuMs(pid!)));
  }

  /** Until nobody is there who isn't seated. */
  async #calm(): Promise<void> {
    const here = async () => sum((await countsOf(this.#servers)).map((each) => each.listeners));
    while ((await here()) > this.#seatedCount) await sleep(100);
    await sleep(SETTLE_MS);
  }
}

/** @throws where it takes longer than anything here may */
async function inTime<T>(what: string, work: Promise<T>): Promise<T> {
  const cancel = new AbortController();
  const late = sleep(LIMIT_MS, undefined, { signal: cancel.signal }).then(() => {
    throw new Error(`${what}: not done within ${LIMIT_MS / 1_000} s`);
  });
  late.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    cancel.abort();
  }
}
