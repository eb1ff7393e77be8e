import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RostraError } from "@rostra/wire";
import { putEmptyStore } from "./empty-store.ts";

const MAIN = fileURLToPath(new URL("../../../apps/server/src/main.ts", import.meta.url));
const READY_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 15_000;

export class TestWorldError extends RostraError {
  constructor(message: string) {
    super("test-world", message);
  }
}

export interface RostraProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Descriptors that each of its processes may have. */
  readonly descriptors?: number;
  /** Of its command line: `--config FILE`. */
  readonly args?: readonly string[];
  /** Kept when the process ends, for a second start; else a new folder that goes with it. */
  readonly dataDirectory?: string;
}

/** The real server, as `npm run serve` starts it, on free ports and in a folder of its own. */
export class RostraProcess {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #ownFolder: string | undefined;
  readonly #output: () => string;

  private constructor(
    url: string,
    child: ChildProcess,
    ownFolder: string | undefined,
    output: () => string,
  ) {
    this.url = url;
    this.#child = child;
    this.#ownFolder = ownFolder;
    this.#output = output;
  }

  static async start(options: RostraProcessOptions = {}): Promise<RostraProcess> {
    const ownFolder =
      options.dataDirectory === undefined
        ? await mkdtemp(join(tmpdir(), "rostra-test-"))
        : undefined;
    if (ownFolder !== undefined) await putEmptyStore(ownFolder);
    const { descriptors, args = [] } = options;
    const limited = `${descriptors === undefined ? "" : `ulimit -n ${descriptors}; `}exec "$0" "$@"`;
    const child = spawn("sh", ["-c", limited, process.execPath, MAIN, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        PORT: "0",
        ROSTRA_UDP_PORT: "0",
        ROSTRA_LOG_FORMAT: "json",
        ROSTRA_RATE_LIMITS: "off",
        ROSTRA_DATA: options.dataDirectory ?? ownFolder,
        ...options.env,
      },
    });
    let output = "";
    const url = await new Promise<string>((resolve, reject) => {
      const fail = (why: string) => {
        child.kill("SIGKILL");
        reject(new TestWorldError(`${why}\n${output}`));
      };
      const limit = setTimeout(() => fail("the server is not ready"), READY_LIMIT_MS);
      const take = (data: Buffer) => {
        output = (output + data.toString()).slice(-200_000);
        const ready = /Rostra is ready: (\S+)/.exec(output);
        if (ready === null) return;
        clearTimeout(limit);
        resolve(ready[1]!);
      };
      child.stdout.on("data", take);
      child.stderr.on("data", take);
      child.once("exit", (code) => fail(`the server ended with ${code}`));
    });
    child.removeAllListeners("exit");
    return new RostraProcess(url.replace("localhost", "127.0.0.1"), child, ownFolder, () => output);
  }

  /** The supervisor's process id. */
  get pid(): number {
    return this.#child.pid!;
  }

  /** All that was logged, newest last. */
  get output(): string {
    return this.#output();
  }

  /** Process ids of the roles, by name, as the newest logs tell them. */
  rolePid(name: string): number {
    let found: number | undefined;
    for (const line of this.output.split("\n")) {
      const entry = parseLogLine(line);
      if (entry?.name === name && typeof entry.pid === "number") found = entry.pid;
    }
    if (found === undefined) throw new TestWorldError(`no process called ${name} has logged`);
    return found;
  }

  /** Kills a role's process as a crash would. @returns the id that it had */
  kill(name: string): number {
    const pid = this.rolePid(name);
    process.kill(pid, "SIGKILL");
    return pid;
  }

  /** SIGTERM. @returns the exit code once it has drained */
  async stop(): Promise<number | null> {
    const gone = new Promise<number | null>((resolve) => this.#child.once("exit", resolve));
    const limit = setTimeout(() => this.#child.kill("SIGKILL"), STOP_LIMIT_MS);
    this.#child.kill("SIGTERM");
    const code = await gone;
    clearTimeout(limit);
    if (this.#ownFolder !== undefined) await rm(this.#ownFolder, { recursive: true, force: true });
    return code;
  }
}

function parseLogLine(line: string): { name?: unknown; pid?: unknown } | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as { name?: unknown; pid?: unknown };
  } catch {
    return undefined;
  }
}
