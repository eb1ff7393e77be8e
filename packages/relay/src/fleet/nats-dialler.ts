import { connect as connectTcp, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { type NatsOptions, natsCredentials } from "./nats-options.ts";

const NATS_PORT = 4222;
/** Between two knocks, ms: spread, so that a fleet doesn't come back all at once. */
const KNOCK_MS = { least: 100, most: 250 } as const;
/** What a server gets to say its first word, ms; with the most of them out that this allows. */
const KNOCK_TIMEOUT_MS = 2_000;
const MAX_KNOCKS = 10;
const CONNECT_TIMEOUT_MS = 5_000;
/**
 * A server that is silent for two of these is given up, within 0.7 to 1.1 s: a link may be cut
 * without a word, or one way only.
 */
const PING_MS = 350;

/**
 * Connects to one of a path's servers, trying for ever. Each attempt begins with a knock: a bare
 * TCP connection, until the server says its first word. Knocks don't wait for each other, so a
 * link that swallowed packets a moment ago is tried anew several times a second, where a single
 * attempt would wait for TCP's own repetition, after 1, 3, 7 s (RFC 6298).
 */
export class NatsDialler {
  readonly #options: NatsOptions;
  #isDone = false;
  #stopKnocking: (() => void) | undefined;
  #turns = 0;

  constructor(options: NatsOptions) {
    this.#options = options;
  }

  /**
   * @returns undefined where it was stopped before
   * @throws where the server lets us in no more than it did before
   */
  async dial(): Promise<NatsConnection | undefined> {
    while (!this.#isDone) {
      const server = await this.#open();
      if (server === undefined) break;
      try {
        const connection = await this.#connect(server);
        if (!this.#isDone) return connection;
        await connection.close();
      } catch (error) {
        if ((error as Error).name === "AuthorizationError") throw error;
        await pause(waitMs());
      }
    }
    return undefined;
  }

  stop(): void {
    this.#isDone = true;
    this.#stopKnocking?.();
  }

  /** @returns the first server that answers a knock; undefined where it was stopped */
  #open(): Promise<string | undefined> {
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const knocks = new Set<Socket>();
    let timer: NodeJS.Timeout | undefined;
    const end = (server?: string) => {
      clearTimeout(timer);
      for (const each of knocks) each.destroy();
      resolve(server);
    };
    const next = () => {
      if (knocks.size < MAX_KNOCKS) {
        const server = this.#nextServer();
        const socket = knock(server, () => end(server));
        knocks.add(socket);
        socket.once("close", () => knocks.delete(socket));
      }
      timer = setTimeout(next, waitMs());
    };
    this.#stopKnocking = end;
    next();
    return promise;
  }

  #nextServer(): string {
    const { servers } = this.#options;
    this.#turns += 1;
    return servers[this.#turns % servers.length]!;
  }

  #connect(server: string): Promise<NatsConnection> {
    return connect({
      ...natsCredentials(this.#options),
      servers: [server],
      ignoreClusterUpdates: true,
      // What we say we know.
      noEcho: true,
      reconnect: false,
      timeout: CONNECT_TIMEOUT_MS,
      pingInterval: PING_MS,
      maxPingOut: 2,
    });
  }
}

function waitMs(): number {
  return KNOCK_MS.least + Math.random() * (KNOCK_MS.most - KNOCK_MS.least);
}

/** @param answered somebody spoke there: a server of NATS does so first */
function knock(server: string, answered: () => void): Socket {
  const { hostname, port } = new URL(server);
  const socket = connectTcp(Number(port || NATS_PORT), hostname.replace(/^\[|\]$/g, ""));
  const timer = setTimeout(() => socket.destroy(), KNOCK_TIMEOUT_MS);
  socket.once("data", answered);
  socket.on("error", () => socket.destroy());
  socket.once("close", () => clearTimeout(timer));
  return socket;
}
