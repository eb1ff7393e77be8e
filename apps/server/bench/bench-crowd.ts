import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const REHEARSE = fileURLToPath(new URL("../../rehearse/src/main.ts", import.meta.url));
/** Longer than any run: it is told when to end. */
const MINUTES = 60;

/** Of what it says last, characters: what is told where it ends by itself. */
const KEPT_OUTPUT = 3_000;

/** What of its report is told beside the seconds. */
const TOLD = [
  "closed",
  "again",
  "leftMs",
  "backMs",
  "secondTried",
  "secondWon",
  "secondEnded",
  "standbyUsed",
] as const;

export interface CrowdOptions {
  /** Of the edges, without a path: each listener begins at one and knows them all. */
  readonly urls: readonly string[];
  readonly spaceId: string;
  readonly listeners: number;
  /** How long they take to come. */
  readonly rampSeconds: number;
  /** False: no links in waiting. */
  readonly standby?: boolean;
  /** Where its report goes. */
  readonly folder: string;
  /** Starts it where it belongs, with its output on pipes. */
  readonly start: (command: readonly string[]) => ChildProcess;
}

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

export interface CrowdOutcome {
  readonly seconds: readonly CrowdSecond[];
  /** The longest that one of its own event loops was late, ms: below that times say nothing. */
  readonly lateMs: number;
  /** Why connections ended, why attempts came to nothing, and how listeners came back. */
  readonly reasons: string;
}

/** `rostra crowd` from the outside, through all edges, for as long as the bench takes. */
export class BenchCrowd {
  readonly #child: ChildProcess;
  readonly #reportFile: string;
  readonly #wanted: number;
  readonly #standsBy: boolean;
  #listening = 0;
  #standingBy = 0;
  #output = "";
  /** Why there is none any more; undefined while there is. */
  #ended: string | undefined;

  constructor(options: CrowdOptions) {
    const { urls, spaceId, listeners, rampSeconds, folder, start, standby = true } = options;
    this.#wanted = listeners;
    this.#standsBy = standby;
    this.#reportFile = join(folder, "crowd.json");
    const [first, ...others] = urls.map((url) => `${url}/s/${spaceId}`);
    const flags = {
      "--listeners": String(listeners),
      "--ramp": `steady:${rampSeconds}`,
      "--minutes": String(MINUTES),
      "--decode": "0",
      "--json": this.#reportFile,
    };
    const via = others.flatMap((link) => ["--via", link]);
    const command = [process.execPath, REHEARSE, "crowd", first!, ...via];
    const without = standby ? [] : ["--no-standby"];
    this.#child = start([...command, ...Object.entries(flags).flat(), ...without]);
    const take = (data: Buffer) => {
      this.#output = (this.#output + data.toString()).slice(-KEPT_OUTPUT);
      const now = /([\d,]+) of [\d,]+ listen(?: {2}([\d,]+) stand by)?/.exec(data.toString());
      if (now === null) return;
      this.#listening = Number(now[1]!.replaceAll(",", ""));
      this.#standingBy = Number((now[2] ?? "0").replaceAll(",", ""));
    };
    this.#child.stdout?.on("data", take);
    this.#child.stderr?.on("data", take);
    this.#child.once("exit", (code, signal) => {
      this.#ended = `the crowd has gone (${signal ?? code}):\n${this.#output}`;
    });
  }

  /** Of the process that all the others of the crowd are children of. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Resolves when all listen. @throws where they don't within so many ms */
  async arrived(withinMs: number): Promise<void> {
    if (await this.isWhole(withinMs)) return;
    const { reasons } = await this.stop();
    throw new Error(`only ${this.#listening} listeners are there: ${reasons}`);
  }

  /**
   * Resolves with true when all listen, with false where they don't within so many ms.
   * @throws where the crowd has ended by itself
   */
  async isWhole(withinMs: number): Promise<boolean> {
    const untilMs = performance.now() + withinMs;
    while (this.#listening < this.#wanted) {
      if (this.#ended !== undefined) throw new Error(this.#ended);
      if (performance.now() > untilMs) return false;
      await sleep(100);
    }
    return true;
  }

  /** Resolves when each has a link in waiting, as in any event after its first seconds; or after so many ms. */
  async isPrepared(withinMs: number): Promise<void> {
    const untilMs = performance.now() + withinMs;
    while (this.#standsBy && this.#standingBy < this.#wanted && performance.now() < untilMs)
      await sleep(100);
  }

  /** Those who are elsewhere leave, and come back to the edge that they tried first. */
  regroup(): void {
    this.#child.kill("SIGUSR2");
  }

  /** Everybody goes home. @returns what they went through, by second */
  async stop(): Promise<CrowdOutcome> {
    const ended = once(this.#child, "exit");
    if (this.#child.exitCode === null) this.#child.kill("SIGINT");
    if (this.#child.exitCode === null) await ended;
    const report = JSON.parse(await readFile(this.#reportFile, "utf8")) as {
      startedAt: string;
      crowd: { lateMs: number };
      steady: Record<(typeof TOLD)[number], unknown>;
      series: (Omit<CrowdSecond, "endMs"> & { second: number })[];
    };
    const startMs = Date.parse(report.startedAt);
    return {
      seconds: report.series.map((one) => ({ ...one, endMs: startMs + one.second * 1_000 })),
      lateMs: report.crowd.lateMs,
      reasons: JSON.stringify(Object.fromEntries(TOLD.map((name) => [name, report.steady[name]]))),
    };
  }
}
