import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { FleetProcess, freeTcpPort, NatsServer, PostgresServer } from "@rostra/testkit";
import type { Role } from "@rostra/wire";

/** How many of each role there are at any time; one more while one is being replaced. */
const COUNTS: readonly (readonly [Role, number])[] = [
  ["control", 2],
  ["stage", 2],
  ["edge", 2],
];

interface Engines {
  readonly nats: readonly NatsServer[];
  readonly postgres: PostgresServer;
}

interface Member {
  readonly role: Role;
  readonly name: string;
  readonly port: string | undefined;
  readonly process: FleetProcess;
}

/** A fleet that lives on while each of its processes is replaced by a new one. */
export class UpgradeFleet {
  /** All addresses that an edge is ever at, those of now and those to come. */
  readonly edgeUrls: readonly string[];
  readonly folder: string;
  readonly #engines: Engines;
  readonly #freePorts: string[];
  #members: Member[] = [];
  #made = 0;

  private constructor(folder: string, engines: Engines, ports: string[]) {
    this.folder = folder;
    this.#engines = engines;
    this.#freePorts = [...ports];
    this.edgeUrls = ports.map((port) => `http://127.0.0.1:${port}`);
  }

  /** @param from folder of the version that is there before; undefined: this one */
  static async start(from: string | undefined): Promise<UpgradeFleet> {
    const folder = await mkdtemp(join(tmpdir(), "rostra-upgrade-"));
    const nats = await Promise.all([NatsServer.start(), NatsServer.start()]);
    const postgres = await PostgresServer.start();
    const ports = [await freeTcpPort(), await freeTcpPort(), await freeTcpPort()].map(String);
    const fleet = new UpgradeFleet(folder, { nats, postgres }, ports);
    for (const [role, count] of COUNTS) {
      for (let made = 0; made < count; made += 1) await fleet.#add(role, from);
    }
    return fleet;
  }

  /** Names of all processes, in the order in which they are to be replaced. */
  get names(): readonly string[] {
    return this.#members.map(({ name }) => name);
  }

  /** Starts a new process, and drains the old one. @returns how long that drain took, ms */
  async replace(name: string): Promise<number> {
    const old = this.#members.find((member) => member.name === name)!;
    await this.#add(old.role);
    const fromMs = performance.now();
    await old.process.stop();
    this.#members = this.#members.filter((member) => member !== old);
    if (old.port !== undefined) this.#freePorts.push(old.port);
    return performance.now() - fromMs;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#members.map(({ process }) => process.stop()));
    const { nats, postgres } = this.#engines;
    await Promise.all([...nats.map((server) => server.stop()), postgres.stop()]);
    await rm(this.folder, { recursive: true });
  }

  async #add(role: Role, from?: string): Promise<void> {
    const port = role === "edge" ? this.#freePorts.shift()! : undefined;
    this.#made += 1;
    const name = `${role}-${this.#made}`;
    const env = {
      ROSTRA_NATS_URLS: this.#engines.nats.map(({ url }) => url).join(" "),
      ROSTRA_DATABASE_URL: role === "control" ? this.#engines.postgres.url : "",
      ROSTRA_DATA: this.folder,
      ROSTRA_NAME: name,
      ...(port && { PORT: port, ROSTRA_EDGE_URL: `http://127.0.0.1:${port}` }),
    };
    const main = from === undefined ? undefined : resolve(from, "apps/server/src/main.ts");
    const process = await FleetProcess.start(role, env, main);
    this.#members.push({ role, name, port, process });
  }
}
