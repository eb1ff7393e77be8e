import { dirname, join } from "node:path";
import { connectRelay, type Relay, type RelayHubServer, serveRelayHub } from "@rostra/relay";
import { PostgresServer } from "@rostra/testkit";
import { type SpaceSnapshot, systemClock } from "@rostra/wire";
import { pino } from "pino";
import { Registry } from "prom-client";
import { type Control, createControl } from "../../src/index.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export interface Person {
  readonly id: string;
  readonly token: string;
}

/** Several controls on one real PostgreSQL, and what they show on a relay that takes its time. */
export class PostgresWorld {
  /** The relay's state as stages and edges see it. */
  readonly shown = new Map<string, unknown>();
  readonly postgres: PostgresServer;
  /** Of all controls: their journals. */
  readonly folder: string;
  readonly controls: Control[] = [];
  /** What controls have warned of, a line each. */
  readonly warnings: string[] = [];
  readonly #hub: RelayHubServer;
  readonly #socket: string;
  readonly #relays: Relay[] = [];

  private constructor(postgres: PostgresServer, hub: RelayHubServer, socket: string) {
    this.postgres = postgres;
    this.folder = dirname(socket);
    this.#hub = hub;
    this.#socket = socket;
  }

  /** To be called at the top of a test file. */
  static async begin(): Promise<PostgresWorld> {
    const socket = join(await temporaryFolder(), "relay.sock");
    const hub = await serveRelayHub(socket);
    const world = new PostgresWorld(await PostgresServer.start(), hub, socket);
    const watching = await world.join();
    watching.watch("", (key, value) => {
      if (value === undefined) world.shown.delete(key);
      else world.shown.set(key, value);
    });
    return world;
  }

  /** As a process of its own would. */
  async join(): Promise<Relay> {
    const relay = await connectRelay(this.#socket);
    this.#relays.push(relay);
    return relay;
  }

  async start(...names: string[]): Promise<void> {
    this.controls.push(...(await Promise.all(names.map((name) => this.control(name)))));
  }

  /** One that whoever asks for it closes. @param databaseUrl of another database than everybody's */
  async control(name: string, databaseUrl = this.postgres.url): Promise<Control> {
    return createControl({
      name,
      relay: await this.join(),
      clock: systemClock,
      log: pino({ level: "warn" }, { write: (line) => void this.warnings.push(line) }),
      metrics: new Registry(),
      http: { host: "127.0.0.1", port: 0 },
      dataDirectory: this.folder,
      databaseUrl,
      publicUrl: null,
      rateLimits: "off",
    });
  }

  /** All controls go; PostgreSQL and the relay's state stay. */
  async stopControls(): Promise<void> {
    await Promise.all(this.controls.splice(0).map((control) => control.close()));
  }

  async stop(): Promise<void> {
    await this.stopControls();
    await Promise.all(this.#relays.map((relay) => relay.close()));
    await this.#hub.close();
    await this.postgres.stop();
  }

  /** @param at which control, counted from 0 */
  async call(at: number, method: string, path: string, as?: Person, body?: object) {
    const response = await fetch(`${this.controls[at]!.url}/api/v1${path}`, {
      method,
      headers: {
        ...(as && { authorization: `Bearer ${as.token}` }),
        ...(body && { "content-type": "application/json" }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text && JSON.parse(text) };
  }

  async guest(displayName: string): Promise<Person> {
    const { body } = await this.call(0, "POST", "/guests", undefined, { displayName });
    return { token: body.token, id: body.user.id };
  }

  space(id: string): SpaceSnapshot {
    return this.shown.get(`space/${id}`) as SpaceSnapshot;
  }

  /** Who is on stage, as stages and edges are told: a small letter for those who are muted. */
  stage(id: string): string {
    const names = this.space(id).members.map(({ displayName, muted }) =>
      muted ? displayName.toLowerCase() : displayName,
    );
    return names.sort((a, b) => a.localeCompare(b)).join(" ");
  }
}
