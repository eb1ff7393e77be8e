import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestFleet } from "./fleet.ts";
import { runOn } from "./network.ts";

const REHEARSE = fileURLToPath(new URL("../../../rehearse/src/main.ts", import.meta.url));
/** Longer than any run: it is told when to end. */
const MINUTES = 60;
const JOINS_A_SECOND = 500;

/** What its report says of one second, as far as it is looked at here. */
export interface CrowdSecond {
  /** When it ended, ms since 1970. */
  readonly endMs: number;
  readonly listening: number;
  readonly stallMs: number;
  readonly skippedFrames: number;
  readonly repeatedFrames: number;
}

export interface CrowdOutcome {
  readonly seconds: readonly CrowdSecond[];
  /** The longest that one of its own event loops was late, ms: below that times say nothing. */
  readonly lateMs: number;
  /** Why connections ended, and why attempts came to nothing. */
  readonly reasons: string;
}

/** `rostra crowd` on the listeners' host, through both edges, for as long as the bench takes. */
export class BenchCrowd {
  readonly #child: ChildProcess;
  readonly #reportFile: string;
  #output = "";
  #listening = 0;

  constructor(fleet: TestFleet, spaceId: string, listeners: number) {
    this.#reportFile = join(fleet.folder, "crowd.json");
    const [first, ...others] = fleet.edgeUrls.map((url) => `${url}/s/${spaceId}`);
    const options = {
      "--listeners": String(listeners),
      "--ramp": `steady:${Math.max(2, Math.ceil(listeners / JOINS_A_SECOND))}`,
      "--minutes": String(MINUTES),
      "--decode": "0",
      "--json": this.#reportFile,
    };
    const via = others.flatMap((link) => ["--via", link]);
    const command = [process.execPath, REHEARSE, "crowd", first!, ...via];
    this.#child = runOn(fleet.network, "listeners", [
      ...command,
      ...Object.entries(options).flat(),
    ]);
    const take = (data: Buffer) => {
      this.#output = (this.#output + data.toString()).slice(-4_000);
      const now = /([\d,]+) of [\d,]+ listen/.exec(data.toString())?.[1];
      if (now !== undefined) this.#listening = Number(now.replaceAll(",", ""));
    };
    this.#child.stdout?.on("data", take);
    this.#child.stderr?.on("data", take);
  }

  /** How many have sound, as it said last. */
  get listening(): number {
    return this.#listening;
  }

  /** All leave and come back, each to the edge that it tried first. */
  regroup(): void {
    this.#child.kill("SIGUSR2");
  }

  get output(): string {
    return this.#output;
  }

  /** Everybody goes home. @returns what they went through, by second */
  async stop(): Promise<CrowdOutcome> {
    const ended = once(this.#child, "exit");
    if (this.#child.exitCode === null) this.#child.kill("SIGINT");
    if (this.#child.exitCode === null) await ended;
    const report = JSON.parse(await readFile(this.#reportFile, "utf8")) as {
      startedAt: string;
      crowd: { lateMs: number };
      steady: Record<"closed" | "again", Record<string, number>>;
      series: (Omit<CrowdSecond, "endMs"> & { second: number })[];
    };
    const startMs = Date.parse(report.startedAt);
    return {
      seconds: report.series.map((one) => ({ ...one, endMs: startMs + one.second * 1_000 })),
      lateMs: report.crowd.lateMs,
      reasons: JSON.stringify({ closed: report.steady.closed, again: report.steady.again }),
    };
  }
}
