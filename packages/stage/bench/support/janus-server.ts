import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Door } from "./load.ts";

/** What a room of the bench is like; all else is as Janus comes. */
export interface JanusRooms {
  readonly count: number;
  /** Packets of 20 ms that are held back before the first is decoded; Janus's own choice is 6. */
  readonly prebuffering: number;
  /** Of the encoder of what each participant is sent, 0 to 10; Janus's own choice is 4. */
  readonly complexity: number;
  /** Of what each participant is sent, bits a second. */
  readonly bitrate: number;
}

const READY_LIMIT_MS = 10_000;

/** Janus or its installation does not do what the bench needs. */
class JanusError extends Error {}

/** Installs Debian's `janus` where it is missing and that can be done here. */
export function ensureJanus(): void {
  if (spawnSync("janus", ["--help"]).error === undefined) return;
  if (process.getuid?.() !== 0 || spawnSync("apt-get", ["--version"]).error !== undefined) {
    throw new JanusError("Janus is needed: sudo apt-get install --no-install-recommends janus");
  }
  const options = { stdio: "inherit", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
  execFileSync("apt-get", ["update", "-q"], options as never);
  const install = ["install", "-y", "-q", "--no-install-recommends", "janus"];
  execFileSync("apt-get", install, options as never);
}

/** A Janus of the bench's own: files in a temporary folder, an HTTP API on a loopback port. */
export class JanusServer {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #url: string;
  readonly #rooms: JanusRooms;

  private constructor(child: ChildProcess, folder: string, url: string, rooms: JanusRooms) {
    this.#child = child;
    this.#folder = folder;
    this.#url = url;
    this.#rooms = rooms;
  }

  static async start(rooms: JanusRooms): Promise<JanusServer> {
    const folder = await mkdtemp(join(tmpdir(), "rostra-janus-"));
    const port = await freePort();
    await writeFile(join(folder, "janus.jcfg"), generalConfig());
    await writeFile(join(folder, "janus.plugin.audiobridge.jcfg"), roomsConfig(rooms));
    await writeFile(join(folder, "janus.transport.http.jcfg"), httpConfig(port));
    const child = spawn("janus", ["-F", folder, "-d", "2"], { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (data: Buffer) => {
      output = (output + data.toString()).slice(-4_000);
    };
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
    const server = new JanusServer(child, folder, `http://127.0.0.1:${port}/janus`, rooms);
    for (let waitedMs = 0; !(await server.#answers()); waitedMs += 100) {
      if (waitedMs > READY_LIMIT_MS || child.exitCode !== null) {
        await server.close();
        throw new JanusError(`Janus does not answer:\n${output}`);
      }
      await sleep(100);
    }
    return server;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** @param room 1 to the rooms' count */
  door(room: number): Door {
    const { bitrate, complexity } = this.#rooms;
    return { kind: "janus", url: this.#url, room, bitrate, complexity };
  }

  async #answers(): Promise<boolean> {
    try {
      return (await fetch(`${this.#url}/info`)).ok;
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    if (this.#child.exitCode === null) {
      const exited = once(this.#child, "exit");
      this.#child.kill("SIGTERM");
      const killer = setTimeout(() => this.#child.kill("SIGKILL"), 5_000);
      await exited;
      clearTimeout(killer);
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function generalConfig(): string {
  return `general: { debug_level = 2, session_timeout = 0 }
media: { ipv6 = false }
plugins: { disable = "${othersIn("plugins", "libjanus_audiobridge.so")}" }
transports: { disable = "${othersIn("transports", "libjanus_http.so")}" }
events: { broadcast = false }
`;
}

/** All modules of a kind but one: what isn't measured needs not run. */
function othersIn(kind: string, wanted: string): string {
  const roots = ["/usr/lib", ...readdirSync("/usr/lib").map((name) => join("/usr/lib", name))];
  for (const root of roots) {
    try {
      const names = readdirSync(join(root, "janus", kind));
      return names.filter((name) => name.endsWith(".so") && name !== wanted).join(",");
    } catch {
      // Not here: Debian keeps them in a folder that is named after the architecture.
    }
  }
  throw new JanusError(`no folder of Janus's ${kind} was found`);
}

function roomsConfig({ count, prebuffering }: JanusRooms): string {
  const rooms = Array.from(
    { length: count },
    (_, index) => `room-${index + 1}: {
  description = "Bench"
  sampling_rate = 48000
  default_prebuffering = ${prebuffering}
  default_expectedloss = 0
  record = false
}`,
  );
  return `general: { events = false }\n${rooms.join("\n")}\n`;
}

function httpConfig(port: number): string {
  return `general: { json = "compact", base_path = "/janus", http = true, ip = "127.0.0.1", port = ${port}, https = false }
admin: { admin_http = false, admin_https = false }
`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
