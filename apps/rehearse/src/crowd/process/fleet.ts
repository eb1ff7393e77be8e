import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { systemClock } from "@rostra/wire";
import { CrowdError } from "../errors.ts";
import type { FromWorker, Progress, Regroup, ToWorker, WorkOrder } from "./message.ts";

const WORKER = fileURLToPath(new URL("./worker-main.ts", import.meta.url));
/** From the word to the first listener: time for the word to reach all processes. */
const START_IN_MS = 300;
/** What a process gets to send everybody home and compare the last sound. */
const RESULT_LIMIT_MS = 60_000;

export type WorkerResult = Extract<FromWorker, { kind: "result" }>;

export interface FleetEvents {
  onProgress(progress: Progress): void;
  /** Nobody is left, in any process: the space has ended. */
  onAllGone(): void;
}

/** The crowd's processes. Whoever opens a fleet closes it: with `stop`, or in haste with `kill`. */
export class Fleet {
  readonly #children: readonly ChildProcess[];
  readonly #results: readonly Promise<WorkerResult>[];
  #killed = false;

  private constructor(children: readonly ChildProcess[], events: FleetEvents) {
    this.#children = children;
    const gone = new Set<number>();
    for (const [at, child] of children.entries()) {
      child.on("message", (message: FromWorker) => {
        if (message.kind === "progress") events.onProgress(message.progress);
        if (message.kind !== "all-gone") return;
        gone.add(at);
        if (gone.size === children.length) events.onAllGone();
      });
    }
    this.#results = children.map((child) => messageOf(child, "result"));
    // A process may fail long before anybody waits for its result.
    for (const result of this.#results) result.catch(() => {});
  }

  /** @throws {CrowdError} `worker-failed` */
  static async open(orders: readonly WorkOrder[], events: FleetEvents): Promise<Fleet> {
    const insecure = orders.some((order) => order.insecure);
    const env = { ...process.env, ...(insecure && { NODE_TLS_REJECT_UNAUTHORIZED: "0" }) };
    const children = orders.map(() => fork(WORKER, { serialization: "advanced", env }));
    const ready = children.map((child) => messageOf(child, "ready"));
    for (const [at, child] of children.entries())
      tell(child, { kind: "order", order: orders[at]! });
    try {
      await Promise.all(ready);
    } catch (error) {
      for (const child of children) child.kill("SIGKILL");
      throw error;
    }
    return new Fleet(children, events);
  }

  /** @returns when the plan's clock begins, ms since 1970 */
  start(): number {
    const atMs = systemClock.nowMs() + START_IN_MS;
    for (const child of this.#children) tell(child, { kind: "start", atMs });
    return atMs;
  }

  /** They leave at once, and come back at once. */
  regroup(who: Regroup): void {
    for (const child of this.#children) tell(child, { kind: "regroup", who });
  }

  /** Rejects when one of the processes has died. */
  get failed(): Promise<never> {
    return Promise.all(this.#results).then(() => new Promise<never>(() => {}));
  }

  /** Sends everybody home. @returns what each process has seen; those that died are left out */
  async stop(): Promise<WorkerResult[]> {
    for (const child of this.#children) tell(child, { kind: "stop" });
    const limit = setTimeout(() => this.kill(), RESULT_LIMIT_MS);
    const settled = await Promise.allSettled(this.#results);
    clearTimeout(limit);
    this.kill();
    return settled.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  }

  kill(): void {
    if (this.#killed) return;
    this.#killed = true;
    for (const child of this.#children) child.kill("SIGKILL");
  }
}

function tell(child: ChildProcess, message: ToWorker): void {
  // A process that has died takes nothing; that it did comes to light elsewhere.
  if (child.connected) child.send(message, () => {});
}

function messageOf<Kind extends FromWorker["kind"]>(
  child: ChildProcess,
  kind: Kind,
): Promise<Extract<FromWorker, { kind: Kind }>> {
  return new Promise((resolve, reject) => {
    child.on("message", (message: FromWorker) => {
      if (message.kind === kind) resolve(message as Extract<FromWorker, { kind: Kind }>);
    });
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      reject(
        new CrowdError("worker-failed", `a process of the crowd ended with ${code ?? signal}`),
      );
    });
  });
}
