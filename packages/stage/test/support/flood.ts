import { once } from "node:events";
import { Worker } from "node:worker_threads";

export interface FloodOptions {
  readonly whipUrl: string;
  readonly offer: string;
  /** Used in turn. */
  readonly tokens: readonly string[];
  readonly posts: number;
  readonly hellos: number;
}

export interface FloodAnswers {
  /** Of the posts. */
  readonly statuses: readonly number[];
  /** Close codes of the sockets. */
  readonly closes: readonly number[];
}

/** As fast as ten at a time can ask: offers, then stage sockets that say hello with sound. */
export async function flood(options: FloodOptions): Promise<FloodAnswers> {
  // In a thread of its own: what the flood costs its maker must not be taken for the stage's cost.
  const worker = new Worker(new URL("./flood-worker.ts", import.meta.url), { workerData: options });
  const [answers] = (await once(worker, "message")) as [FloodAnswers];
  await worker.terminate();
  return answers;
}
