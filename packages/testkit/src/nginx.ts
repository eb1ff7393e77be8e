import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as nextTimer } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freeTcpPort } from "./free-tcp-port.ts";
import { TestWorldError } from "./rostra-process.ts";

const CONFIG = fileURLToPath(new URL("../../../docs/hosting/nginx.conf", import.meta.url));

/** Debian's nginx with the configuration that docs/hosting recommends, on a port of its own. */
export class Nginx {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(port: number, child: ChildProcess, folder: string) {
    this.port = port;
    this.#child = child;
    this.#folder = folder;
  }

  /** @param upstream Rostra's public port, on this machine */
  static async start(upstream: number): Promise<Nginx> {
    const recommended = await readFile(CONFIG, "utf8");
    return Nginx.#start((port, folder) =>
      replaced(recommended, [
        ["/var/cache/nginx/rostra", join(folder, "cache")],
        ["server 127.0.0.1:7070;", `server 127.0.0.1:${upstream};`],
        ["listen 80;", `listen 127.0.0.1:${port} backlog=4096;`],
      ]),
    );
  }

  /** The same nginx with files alone, nothing behind it. @param root where they are */
  static async serve(root: string): Promise<Nginx> {
    return Nginx.#start(
      (port) => `server { listen 127.0.0.1:${port} backlog=4096; root ${root}; sendfile on; }`,
    );
  }

  static async #start(siteOf: (port: number, folder: string) => string): Promise<Nginx> {
    const port = await freeTcpPort();
    const folder = await mkdtemp(join(tmpdir(), "rostra-nginx-"));
    await mkdir(join(folder, "cache"));
    const site = siteOf(port, folder);
    const config = join(folder, "nginx.conf");
    await writeFile(config, around(site, folder));
    const args = ["-p", folder, "-c", config, "-e", join(folder, "error.log")];
    const child = spawn("nginx", args, { stdio: "ignore" });
    const nginx = new Nginx(port, child, folder);
    await nginx.#answers();
    return nginx;
  }

  /** Process ids of its workers: they do the work. */
  async workers(): Promise<number[]> {
    const path = `/proc/${this.#child.pid}/task/${this.#child.pid}/children`;
    return (await readFile(path, "utf8")).trim().split(" ").map(Number);
  }

  async #answers(): Promise<void> {
    for (;;) {
      if (this.#child.exitCode !== null) {
        const log = await readFile(join(this.#folder, "error.log"), "utf8");
        throw new TestWorldError(`nginx ended with ${this.#child.exitCode}: ${log}`);
      }
      const socket = connect(this.port, "127.0.0.1");
      const isUp = await new Promise<boolean>((resolve) => {
        socket.once("connect", () => resolve(true));
        socket.once("error", () => resolve(false));
      });
      socket.destroy();
      if (isUp) return;
      await nextTimer(20);
    }
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null) {
      const exited = once(this.#child, "exit");
      this.#child.kill();
      await exited;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** What surrounds a file in conf.d, with everything that is written in a folder of its own. */
function around(site: string, folder: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  );
  // Its workers would become somebody who may not write here.
  const user = process.getuid?.() === 0 ? "user root;" : "";
  return `daemon off;
${user}
pid ${join(folder, "pid")};
worker_processes 2;
worker_rlimit_nofile 20000;
events { worker_connections 10000; }
http {
  ${temporary.join("\n  ")}
  access_log off;
  default_type application/octet-stream;
  ${site}
}
`;
}

/** Each is there exactly once, or the test would not run what is recommended. */
function replaced(text: string, changes: readonly (readonly [string, string])[]): string {
  let changed = text;
  for (const [from, to] of changes) {
    if (changed.split(from).length !== 2)
      throw new TestWorldError(`not once in nginx.conf: ${from}`);
    changed = changed.replace(from, to);
  }
  return changed;
}
