import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "@rostra/wire";
import { Hearing } from "../heard/hearing.ts";
import { Crew } from "./crew.ts";
import type { FromWorker, Regroup, ToWorker, WorkOrder } from "./message.ts";

/** One process of a crowd: takes an order, starts on the word, reports each second. */

const SECOND_MS = 1_000;
/** How often what was heard is compared: well within what an ear holds. */
const COMPARE_SECONDS = 10;
/** What those who didn't read get to read what was said to them, ms. */
const LAST_ORDERS_MS = 500;

const say = (message: FromWorker) => void process.send?.(message);

class Worker {
  readonly #crew: Crew;
  readonly #hearing: Hearing;
  #stopped = false;
  #comparing: Promise<void> = Promise.resolve();

  private constructor(crew: Crew, hearing: Hearing) {
    this.#crew = crew;
    this.#hearing = hearing;
  }

  static async open(order: WorkOrder): Promise<Worker> {
    const crew = new Crew(order);
    return new Worker(crew, await Hearing.open(order.target, crew.ears));
  }

  async start(atMs: number): Promise<void> {
    await sleep(Math.max(0, atMs - systemClock.nowMs()));
    if (this.#stopped) return;
    this.#crew.start(atMs);
    for (let second = 1; ; second += 1) {
      await sleep(Math.max(0, atMs + second * SECOND_MS - systemClock.nowMs()));
      if (this.#stopped) return;
      say({ kind: "progress", progress: this.#crew.progress(second) });
      if (this.#crew.allGone) say({ kind: "all-gone" });
      if (second % COMPARE_SECONDS === 0) this.#compare(false);
    }
  }

  regroup(who: Regroup): void {
    if (!this.#stopped) this.#crew.regroup(who);
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#crew.lastOrders();
    await sleep(LAST_ORDERS_MS);
    this.#crew.finish();
    this.#compare(true);
    await this.#comparing;
    const { user, system } = process.cpuUsage();
    say({
      kind: "result",
      groups: this.#crew.groups(),
      verdicts: this.#hearing.verdicts(),
      cost: {
        cpuSeconds: (user + system) / 1e6,
        rssBytes: process.resourceUsage().maxRSS * 1_024,
        lateMs: this.#crew.lateMs,
      },
    });
    this.#hearing.close();
  }

  /** One comparison after the other: each takes what has come until it begins. */
  #compare(toTheEnd: boolean): void {
    this.#comparing = this.#comparing.then(() => this.#hearing.compare(toTheEnd));
  }
}

/** A mistake of ours ends the process; the parent says so. */
function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
}

let worker: Worker | undefined;
process.on("message", (message: ToWorker) => {
  if (message.kind === "order") {
    Worker.open(message.order).then((opened) => {
      worker = opened;
      say({ kind: "ready" });
    }, fail);
  } else if (message.kind === "start") {
    worker?.start(message.atMs).catch(fail);
  } else if (message.kind === "regroup") {
    worker?.regroup(message.who);
  } else {
    worker?.stop().catch(fail);
  }
});
// Ctrl-C reaches all processes of a terminal: the parent says what is to be done.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit(0));
