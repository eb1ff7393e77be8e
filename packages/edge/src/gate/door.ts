import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Cancel, Clock } from "@rostra/wire";
import { CORS, type Refusal, refuse } from "../http/respond.ts";
import type { EdgeMetrics } from "../metrics.ts";
import { addressKey, type TrustedProxies } from "./address.ts";
import { AddressLimiter } from "./address-limiter.ts";
import type { UpgradeRequest } from "./first-request.ts";
import { GATE_BOUNDS, type GateLimits } from "./limits.ts";

export interface DoorOptions {
  readonly clock: Clock;
  readonly metrics: EdgeMetrics;
  readonly proxies: TrustedProxies;
  /** "off" where a load test is on its way; what holds for each connection holds all the same. */
  readonly limits: GateLimits | "off";
}

/** A connection that listens to nothing (yet). Its owner is the server; here it is counted. */
interface Guest {
  readonly socket: Socket;
  /** By which it is found again when only what TLS has made of it is known. */
  readonly peer: string;
  /** Whom it counts for; undefined for those who aren't limited. */
  readonly key: string | undefined;
  readonly sinceMs: number;
  greeted: boolean;
  /** Those without their end. */
  readonly answers: Set<ServerResponse>;
  readonly onClose: () => void;
}

/**
 * Who may come in, and how long they may take over it: everything between an accepted connection
 * and a listener. Cutting a connection is all it does to a socket.
 */
export class Door {
  readonly #options: DoorOptions;
  readonly #limiter: AddressLimiter | undefined;
  readonly #guests = new Map<string, Guest>();
  // Both in the order in which they came: the oldest are looked at first.
  readonly #waiting = new Set<Guest>();
  readonly #answers = new Map<ServerResponse, number>();
  #cancelSweep: Cancel;

  constructor(options: DoorOptions) {
    this.#options = options;
    if (options.limits !== "off") {
      this.#limiter = new AddressLimiter(options.limits, GATE_BOUNDS.idleAddresses);
    }
    this.#cancelSweep = this.#sweepLater();
  }

  /** Connections that are counted, and those of them that have not said a request. */
  get guests(): { readonly all: number; readonly waiting: number } {
    return { all: this.#guests.size, waiting: this.#waiting.size };
  }

  /** A connection was accepted; it is cut at once where its address has too many. */
  opened(socket: Socket): void {
    const { clock, metrics, proxies } = this.#options;
    const { remoteAddress } = socket;
    // Gone before it could be looked at.
    if (remoteAddress === undefined) {
      socket.destroy();
      return;
    }
    const nowMs = clock.nowMs();
    // A proxy's connections carry many people: those are told apart at each join.
    const key = proxies.has(remoteAddress) ? undefined : addressKey(remoteAddress);
    const refusal = key === undefined ? undefined : this.#limiter?.connect(key, nowMs);
    if (refusal !== undefined) {
      metrics.gateRefusals.inc({ reason: refusal });
      socket.destroy();
      return;
    }
    const guest: Guest = {
      ...{ socket, peer: peerOf(socket), key, sinceMs: nowMs, greeted: false },
      answers: new Set(),
      onClose: () => this.#forget(guest),
    };
    this.#guests.set(guest.peer, guest);
    this.#waiting.add(guest);
    socket.once("close", guest.onClose);
  }

  /**
   * A whole request has come. Cuts the connection of who sends more of them than are answered.
   * @returns false where it was cut
   */
  asked(req: IncomingMessage, res: ServerResponse): boolean {
    const guest = this.#guests.get(peerOf(req.socket));
    if (guest === undefined) return true;
    this.#greet(guest);
    if (guest.answers.size >= GATE_BOUNDS.pipelined) {
      this.#cut(guest, "pipelined");
      return false;
    }
    guest.answers.add(res);
    this.#answers.set(res, this.#options.clock.nowMs());
    res.once("close", () => {
      guest.answers.delete(res);
      this.#answers.delete(res);
    });
    return true;
  }

  /** The socket belongs to a listener now, or to somebody on stage: it counts no longer. */
  taken(socket: Socket): void {
    const guest = this.#guests.get(peerOf(socket));
    if (guest === undefined) return;
    guest.socket.off("close", guest.onClose);
    this.#forget(guest);
  }

  /** For those who want sound. @returns why they have to wait */
  judgeJoin(req: Pick<UpgradeRequest, "headers" | "socket">, path: string): Refusal | undefined {
    const joins = req.headers.upgrade === undefined ? STREAM : LIVE;
    if (!joins.test(path)) return undefined;
    const { clock, metrics, proxies } = this.#options;
    const client = proxies.clientOf(req.socket.remoteAddress, req.headers["x-forwarded-for"]);
    const key = proxies.has(client) ? undefined : addressKey(client);
    const waitMs = key === undefined ? undefined : this.#limiter?.join(key, clock.nowMs());
    if (waitMs === undefined) return undefined;
    metrics.gateRefusals.inc({ reason: "join-pace" });
    const retryAfterS = Math.max(1, Math.ceil(waitMs / 1_000));
    return refuse("too-many", `too many join from this address: try again in ${retryAfterS} s`, {
      ...CORS,
      "retry-after": String(retryAfterS),
    });
  }

  close(): void {
    this.#cancelSweep();
  }

  #greet(guest: Guest): void {
    if (guest.greeted) return;
    guest.greeted = true;
    this.#waiting.delete(guest);
    if (guest.key !== undefined) this.#limiter?.greet(guest.key);
  }

  #forget(guest: Guest): void {
    // The kernel may have given the same port to the next caller already.
    if (this.#guests.get(guest.peer) === guest) this.#guests.delete(guest.peer);
    this.#waiting.delete(guest);
    // Answers that stood in a queue behind another are not told of the end.
    for (const res of guest.answers) this.#answers.delete(res);
    if (guest.key !== undefined) this.#limiter?.leave(guest.key, guest.greeted);
  }

  #cut(guest: Guest, reason: string): void {
    this.#options.metrics.gateRefusals.inc({ reason });
    guest.socket.destroy();
  }

  #sweepLater(): Cancel {
    return this.#options.clock.after(GATE_BOUNDS.sweepMs, () => {
      this.#cancelSweep = this.#sweepLater();
      this.#sweep(this.#options.clock.nowMs());
    });
  }

  #sweep(nowMs: number): void {
    for (const guest of this.#waiting) {
      const isCrowded = this.#waiting.size > GATE_BOUNDS.crowdedWaiting;
      const patienceMs = isCrowded ? GATE_BOUNDS.crowdedGreetingMs : GATE_BOUNDS.greetingMs;
      if (nowMs - guest.sinceMs < patienceMs) break;
      this.#waiting.delete(guest);
      this.#cut(guest, "slow-greeting");
    }
    for (const [res, sinceMs] of this.#answers) {
      if (nowMs - sinceMs < GATE_BOUNDS.answerMs) break;
      this.#answers.delete(res);
      this.#options.metrics.gateRefusals.inc({ reason: "slow-answer" });
      res.req.socket.destroy();
    }
  }
}

/** Paths of answers that don't end, and of everything else that an upgrade can listen to. */
const STREAM = /^\/live\/[^/]*\.(?:ogg|aac)$/;
const LIVE = /^\/live\//;

function peerOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}
