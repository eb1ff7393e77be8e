import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const REHEARSE = fileURLToPath(new URL("../../../rehearse/src/main.ts", import.meta.url));
const JOINS_A_SECOND = 400;
/** Longer than any run: it is told when to end. */
const MINUTES = 30;
const ARRIVE_WITHIN_MS = 60_000;

/** What its report says of one second, as far as it is looked at here. */
export interface CrowdSecond {
  /** When it ended, ms since 1970. */
  readonly endMs: number;
  readonly listening: number;
  /** The longest silence at the ear of a player with the SDK's buffering, ms. */
  readonly stallMs: number;
  readonly skippedFrames: number;
  readonly repeatedFrames: number;
}

/** `rostra crowd` from the outside: thousands of WebSockets, in processes of their own. */
export class UpgradeCrowd {
  readonly #child: ChildProcess;
  readonly #reportFile: string;
  readonly #wanted: number;
  #output = "";
  #listening = 0;

  constructor(urls: readonly string[], options: { id: string; listeners: number; folder: string }) {
    const { id, listeners, folder } = options;
    this.#wanted = listeners;
    this.#reportFile = join(folder, "crowd.json");
    const [first, ...others] = urls.map((url) => `${url}/s/${id}`);
    const flags = {
      "--listeners": String(listeners),
      "--ramp": `steady:${Math.ceil(listeners / JOINS_A_SECOND)}`,
      "--minutes": String(MINUTES),
      "--decode": "0",
      "--json": this.#reportFile,
    };
    const via = others.flatMap((link) => ["--via", link]);
    const args = [REHEARSE, "crowd", first!, ...via, ...Object.entries(flags).flat()];
    this.#child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    const take = (data: Buffer) => {
      this.#output = (this.#output + data.toString()).slice(-4_000);
      const now = /([\d,]+) of [\d,]+ listen/.exec(data.toString())?.[1];
      if (now !== undefined) this.#listening = Number(now.replaceAll(",", ""));
    };
    this.#child.stdout?.on("data", take);
    this.#child.stderr?.on("data", take);
  }

  /** Resolves when all listen. */
  async arrived(): Promise<void> {
    const untilMs = performance.now() + ARRIVE_WITHIN_MS;
    while (this.#listening < this.#wanted) {
      if (performance.now() > untilMs) throw new Error(`the crowd doesn't arrive\n${this.#output}`);
      await sleep(200);
    }
  }

  /** Everybody goes home. */
  async stop(): Promise<readonly CrowdSecond[]> {
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGINT");
    await ended;
    const report = JSON.parse(await readFile(this.#reportFile, "utf8")) as {
      readonly startedAt: string;
      readonly series: readonly (Omit<CrowdSecond, "endMs"> & { readonly second: number })[];
    };
    const startMs = Date.parse(report.startedAt);
    return report.series.map((one) => ({ ...one, endMs: startMs + one.second * 1_000 }));
  }
}
