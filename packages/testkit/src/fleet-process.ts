import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Role } from "@rostra/wire";
import { putEmptyStore } from "./empty-store.ts";
import { TestWorldError } from "./rostra-process.ts";

const MAIN = fileURLToPath(new URL("../../../apps/server/src/main.ts", import.meta.url));
const READY_LIMIT_MS = 30_000;

/** One role of a fleet in a process of its own, as an operator starts it. */
export class FleetProcess {
  readonly #child: ChildProcess;
  readonly #output: () => string;

  private constructor(child: ChildProcess, output: () => string) {
    this.#child = child;
    this.#output = output;
  }

  /**
   * @param env its settings; all tests share the defaults, which are for a machine under test
   * @param main of another version, in a folder of its own; left out: this one
   */
  static async start(
    role: Role,
    env: Readonly<Record<string, string>>,
    main = MAIN,
  ): Promise<FleetProcess> {
    const { ROSTRA_DATA: folder, ROSTRA_DATABASE_URL: database } = env;
    if (role === "control" && folder !== undefined && database === undefined) {
      await putEmptyStore(folder);
    }
    const child = spawn(process.execPath, [main, role], {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        ROSTRA_LOG_FORMAT: "json",
        ROSTRA_RATE_LIMITS: "off",
        ROSTRA_INTERNAL_HOST: "127.0.0.1",
        ROSTRA_UDP_PORT: "0",
        ...env,
      },
    });
    let output = "";
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string) => {
        child.kill("SIGKILL");
        reject(new TestWorldError(`${why}\n${output}`));
      };
      const limit = setTimeout(() => fail(`the ${role} is not ready`), READY_LIMIT_MS);
      const take = (data: Buffer) => {
        output = (output + data.toString()).slice(-200_000);
        if (!/^Rostra's \S+ is ready$/m.test(output)) return;
        clearTimeout(limit);
        resolve();
      };
      child.stdout.on("data", take);
      child.stderr.on("data", take);
      child.once("exit", (code) => fail(`the ${role} ended with ${code}`));
    });
    child.removeAllListeners("exit");
    return new FleetProcess(child, () => output);
  }

  /** All that was said, newest last. */
  get output(): string {
    return this.#output();
  }

  /** SIGSTOP: it stands still, and its connections stay open. */
  pause(): void {
    this.#child.kill("SIGSTOP");
  }

  /** SIGCONT. */
  resume(): void {
    this.#child.kill("SIGCONT");
  }

  /** As a crash would. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** SIGTERM. @returns the exit code once it has drained */
  async stop(): Promise<number | null> {
    await this.#end("SIGTERM");
    return this.#child.exitCode;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill(signal);
    await exited;
  }
}
