import { join } from "node:path";
import { memoryRelay, type Relay } from "@rostra/relay";
import { putEmptyStore } from "@rostra/testkit";
import { type SpaceSnapshot, STATE_KEYS, systemClock } from "@rostra/wire";
import { type DestinationStream, pino } from "pino";
import { Registry } from "prom-client";
import { type Control, type ControlOptions, createControl } from "../../src/index.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of a body is its own to say
  readonly body: any;
}

export interface Person {
  readonly token: string;
  readonly id: string;
}

/** A control with a data folder of its own, what it shows on the relay, and people who call it. */
export class ControlWorld {
  readonly dataDirectory: string;
  readonly relays = memoryRelay();
  /** The relay's state as others see it. */
  readonly state = new Map<string, unknown>();
  readonly log: string[] = [];
  readonly #relay: Relay;
  readonly #extra: Partial<ControlOptions>;
  #control: Control | undefined;

  private constructor(dataDirectory: string, extra: Partial<ControlOptions>) {
    this.dataDirectory = dataDirectory;
    this.#extra = extra;
    this.#relay = this.relays.join();
    this.relays.join().watch("", (key, value) => {
      if (value === undefined) this.state.delete(key);
      else this.state.set(key, value);
    });
  }

  /** To be called at the top of a test file: the folder goes when the file is through. */
  static async begin(extra: Partial<ControlOptions> = {}): Promise<ControlWorld> {
    const dataDirectory = join(await temporaryFolder(), "data");
    if (extra.databaseUrl === undefined) await putEmptyStore(dataDirectory);
    return new ControlWorld(dataDirectory, extra);
  }

  async start(): Promise<void> {
    const lines: DestinationStream = { write: (line) => void this.log.push(line) };
    this.#control = await createControl({
      name: "control",
      relay: this.#relay,
      clock: systemClock,
      log: pino({ level: "trace" }, lines),
      metrics: new Registry(),
      http: { host: "127.0.0.1", port: 0 },
      dataDirectory: this.dataDirectory,
      publicUrl: null,
      rateLimits: "off",
      ...this.#extra,
    });
  }

  async stop(): Promise<void> {
    await this.#control?.close();
  }

  get url(): string {
    return this.#control!.url;
  }

  /** A space as the relay's state shows it to stages and edges. */
  shown(id: string): SpaceSnapshot | undefined {
    return this.state.get(`${STATE_KEYS.spaces}${id}`) as SpaceSnapshot | undefined;
  }

  /** @param body sent as JSON; a string is sent as it is */
  async call(
    method: string,
    path: string,
    options: { as?: Person | string; body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const { as, body } = options;
    const token = typeof as === "string" ? as : as?.token;
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...options.headers,
      },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") ?? false;
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson ? JSON.parse(text) : undefined,
    };
  }

  async guest(displayName: string): Promise<Person> {
    const { body } = await this.call("POST", "/api/v1/guests", { body: { displayName } });
    return { token: body.token, id: body.user.id };
  }

  /** @returns the new space's id */
  async open(host: Person, draft: object = { title: "A space" }): Promise<string> {
    return (await this.call("POST", "/api/v1/spaces", { as: host, body: draft })).body.id;
  }

  /** Brings `guest` on stage as an invited person would come. */
  async invite(spaceId: string, host: Person, guest: Person, role: string): Promise<Answer> {
    const path = `/api/v1/spaces/${spaceId}`;
    const made = await this.call("POST", `${path}/invitations`, { as: host, body: { role } });
    const { invitation } = made.body;
    return this.call("POST", `${path}/stage`, { as: guest, body: { invitation } });
  }
}
