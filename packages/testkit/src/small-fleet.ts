import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Role } from "@rostra/wire";
import { FleetProcess } from "./fleet-process.ts";
import { freeTcpPort } from "./free-tcp-port.ts";
import { NatsServer } from "./nats-server.ts";

/** Processes of a fleet around one NATS server, with a folder of their own. Owns them all. */
export class SmallFleet {
  readonly folder: string;
  readonly #nats: NatsServer;
  readonly #processes = new Map<string, FleetProcess>();

  private constructor(folder: string, nats: NatsServer) {
    [this.folder, this.#nats] = [folder, nats];
  }

  static async begin(): Promise<SmallFleet> {
    const [folder, nats] = await Promise.all([
      mkdtemp(join(tmpdir(), "rostra-fleet-")),
      NatsServer.start(),
    ]);
    return new SmallFleet(folder, nats);
  }

  /** Also one that has ended, again. @param env its settings beside the fleet's */
  async start(
    role: Role,
    name: string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<FleetProcess> {
    const fleet = { ROSTRA_NATS_URLS: this.#nats.url, ROSTRA_DATA: this.folder };
    const process = await FleetProcess.start(role, { ...fleet, ROSTRA_NAME: name, ...env });
    this.#processes.set(name, process);
    return process;
  }

  /** @returns its address, which it has for itself */
  async startEdge(name: string): Promise<string> {
    const port = String(await freeTcpPort());
    const url = `http://127.0.0.1:${port}`;
    await this.start("edge", name, { PORT: port, ROSTRA_EDGE_URL: url });
    return url;
  }

  /** The one of that name that was started last. */
  process(name: string): FleetProcess {
    return this.#processes.get(name)!;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#processes.values()].map((each) => each.stop()));
    await this.#nats.stop();
    await rm(this.folder, { recursive: true });
  }
}
