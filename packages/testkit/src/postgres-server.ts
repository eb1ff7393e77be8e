import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freeTcpPort } from "./free-tcp-port.ts";
import { TestWorldError } from "./rostra-process.ts";

/** Debian keeps each version in a folder of its own, off the PATH. */
const DEBIAN_FOLDER = "/usr/lib/postgresql";

/** A real PostgreSQL in a folder and on a port of its own; its one user needs no password. */
export class PostgresServer {
  readonly url: string;
  readonly #port: number;
  readonly #folder: string;
  #child: ChildProcess | undefined;

  private constructor(port: number, folder: string) {
    this.url = `postgresql://rostra@127.0.0.1:${port}/postgres`;
    this.#port = port;
    this.#folder = folder;
  }

  static async start(): Promise<PostgresServer> {
    const folder = await mkdtemp(join(tmpdir(), "rostra-postgres-"));
    const { uid, gid } = owner();
    if (uid !== undefined) await chown(folder, uid, gid!);
    const args = ["-D", join(folder, "data"), "-U", "rostra", "--auth=trust", "--no-sync"];
    execFileSync(program("initdb"), args, { stdio: "ignore", cwd: folder, ...owner() });
    const server = new PostgresServer(await freeTcpPort(), folder);
    await server.restart();
    return server;
  }

  /** After a kill: what was committed is there again. */
  async restart(): Promise<void> {
    const data = join(this.#folder, "data");
    // What is killed here is a process, not a machine: a busy disk needn't be waited for.
    const fast = ["-c", "fsync=off"];
    const where = ["-p", String(this.#port), "-h", "127.0.0.1", "-k", this.#folder];
    const args = ["-D", data, ...where, ...fast];
    const options = { cwd: this.#folder, ...owner() };
    const child = spawn(program("postgres"), args, {
      ...options,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child = child;
    await new Promise<void>((resolve, reject) => {
      child.stderr!.on("data", (text: Buffer) => {
        if (text.includes("ready to accept connections")) resolve();
      });
      child.once("exit", (code) => reject(new TestWorldError(`postgres ended with ${code}`)));
    });
  }

  /** Without a word to those who are connected: "immediate shutdown", nothing is written any more. */
  async kill(): Promise<void> {
    await this.#end("SIGQUIT");
  }

  async stop(): Promise<void> {
    await this.#end("SIGINT");
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  }
}

/** PostgreSQL doesn't run as root: Debian's own user takes that over. */
function owner(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) =>
    Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }).trim());
  return { uid: id("-u"), gid: id("-g") };
}

function program(name: string): string {
  if (!existsSync(DEBIAN_FOLDER)) return name;
  const versions = readdirSync(DEBIAN_FOLDER).sort((a, b) => Number(b) - Number(a));
  const found = versions.map((version) => join(DEBIAN_FOLDER, version, "bin", name));
  return found.find((path) => existsSync(path)) ?? name;
}
