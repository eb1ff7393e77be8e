import type { IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import type { Cancel, Clock } from "@rostra/wire";
import type { Logger } from "pino";
import { endSocket } from "../fanout/farewell.ts";
import type { TrustedProxies } from "../gate/address.ts";
import type { Spaces } from "../space/spaces.ts";
import { forwardedHeaders } from "./forwarded-headers.ts";
import { noService } from "./proxy.ts";
import { type Refusal, rawRefusal } from "./respond.ts";
import { stageOf } from "./stage-of.ts";

export interface StageTunnelOptions {
  readonly spaces: Spaces;
  readonly proxies: TrustedProxies;
  readonly clock: Clock;
  readonly log: Logger;
}

const STAGE_PATH = /^\/api\/v1\/spaces\/([0-9a-z]{1,40})\/stage$/;
/** Speakers and hosts are few; each has three sockets at most. */
const MAX_TUNNELS = 2_000;
/** What a stage gets to begin its answer, ms. */
const ANSWER_TIMEOUT_MS = 10_000;
/** Whoever takes nothing for twice this long, while something waits for them, is gone. */
const CHECK_EVERY_MS = 5_000;

/**
 * Hands the upgrade to a stage socket on to the space's stage: from then on bytes, both ways, as
 * they come. What one side doesn't take the other isn't asked for.
 */
export class StageTunnel {
  readonly #options: StageTunnelOptions;
  readonly #open = new Set<Tunnel>();

  constructor(options: StageTunnelOptions) {
    this.#options = options;
  }

  /**
   * @param socket bare: its errors are handled; ours from now on, where the path is ours
   * @param query whose `stage` says which stage of the space; none: the first
   * @param first what came behind the request
   * @returns false where the path is none of ours
   */
  take(
    req: IncomingMessage,
    socket: Socket,
    { path, query }: { path: string; query: URLSearchParams },
    first: Uint8Array,
  ): boolean {
    const spaceId = STAGE_PATH.exec(path)?.[1];
    if (spaceId === undefined) return false;
    const stageUrl = this.#urlOf(spaceId, query.get("stage"));
    if (typeof stageUrl !== "string") {
      endSocket(socket, this.#options.clock, rawRefusal(stageUrl));
      return true;
    }
    const tunnel = new Tunnel(this.#options, req, socket, new URL(stageUrl));
    this.#open.add(tunnel);
    tunnel.start(first, () => this.#open.delete(tunnel));
    return true;
  }

  /** @returns base of the stage's internal listener */
  #urlOf(spaceId: string, name: string | null): string | Refusal {
    const stage = stageOf(this.#options.spaces.state, { spaceId, name, isSession: false });
    if ("code" in stage) return stage;
    return this.#open.size >= MAX_TUNNELS ? noService("room on this edge") : stage.url;
  }

  /** Cuts them all: who speaks comes back by another edge. */
  close(): void {
    for (const tunnel of [...this.#open]) tunnel.cut();
  }
}

/** Two sockets that end together. Owns both. */
class Tunnel {
  readonly #options: StageTunnelOptions;
  readonly #request: IncomingMessage;
  readonly #client: Socket;
  readonly #stage: Socket;
  #answered = false;
  #cancelCheck: Cancel;
  #takenBytes = 0;
  #stuckFor = 0;

  constructor(options: StageTunnelOptions, request: IncomingMessage, client: Socket, stage: URL) {
    this.#options = options;
    this.#request = request;
    this.#client = client;
    this.#stage = connect({ host: stage.hostname, port: Number(stage.port), noDelay: true });
    this.#cancelCheck = options.clock.after(ANSWER_TIMEOUT_MS, () => this.#stage.destroy());
  }

  start(first: Uint8Array, ended: () => void): void {
    const [client, stage] = [this.#client, this.#stage];
    stage.on("error", (err) => {
      this.#options.log.warn({ err }, "the way to a stage broke");
    });
    stage.once("data", () => {
      this.#answered = true;
      this.#checkLater();
    });
    stage.write(requestHead(this.#request, this.#options.proxies));
    if (first.length > 0) stage.write(first);
    client.pipe(stage);
    stage.pipe(client, { end: false });
    // Half a connection is of no use: what was said is still delivered, then both end.
    stage.on("end", () => stage.destroySoon());
    stage.on("close", () => this.#onStageClosed());
    client.on("close", () => {
      this.#cancelCheck();
      stage.destroy();
      ended();
    });
  }

  #onStageClosed(): void {
    this.#cancelCheck();
    const { clock } = this.#options;
    if (this.#answered) endSocket(this.#client, clock);
    else endSocket(this.#client, clock, rawRefusal(noService("the stage of this space")));
  }

  #checkLater(): void {
    this.#cancelCheck();
    this.#cancelCheck = this.#options.clock.after(CHECK_EVERY_MS, () => this.#check());
  }

  /** A client that doesn't read holds up to two buffers, and not for ever. */
  #check(): void {
    const takenBytes = this.#client.bytesWritten - this.#client.writableLength;
    const isStuck = this.#client.writableLength > 0 && takenBytes === this.#takenBytes;
    this.#stuckFor = isStuck ? this.#stuckFor + 1 : 0;
    this.#takenBytes = takenBytes;
    if (this.#stuckFor >= 2) this.cut();
    else this.#checkLater();
  }

  cut(): void {
    this.#client.destroy();
    this.#stage.destroy();
  }
}

/** The request as the stage gets it: as it came, but for who it came from. */
function requestHead(req: IncomingMessage, proxies: TrustedProxies): string {
  const headers = {
    ...forwardedHeaders(req, proxies),
    connection: "Upgrade",
    upgrade: "websocket",
  };
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((one) => `${name}: ${one}\r\n`),
  );
  return `GET ${req.url ?? "/"} HTTP/1.1\r\n${lines.join("")}\r\n`;
}
