import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Cancel, Clock } from "@rostra/wire";
import { CORS, type Refusal, refuse } from "../http/respond.ts";
import type { EdgeMetrics } from "../metrics.ts";
import { addressKey, type TrustedProxies } from "./address.ts";
import { AddressLimiter } from "./address-limiter.ts";
import { KEEPER } from "./bare-socket.ts";
import type { UpgradeRequest } from "./first-request.ts";
import { GATE_BOUNDS, type GateLimits } from "./limits.ts";

export interface DoorOptions {
  readonly clock: Clock;
  readonly metrics: EdgeMetrics;
  readonly proxies: TrustedProxies;
  /** "off" where a load test is on its way; what holds for each connection holds all the same. */
  readonly limits: GateLimits | "off";
  /** Connections speak TLS: of those who ask, other sockets are known than were accepted. */
  readonly secure?: boolean;
}

/** A connection that listens to nothing (yet). Its owner is the server; here it is counted. */
class Guest {
  greeted = false;
  /** Those without their end; most connections ask for sound, and get none. */
  answers: Set<ServerResponse> | undefined = undefined;
  readonly door: Door;
  readonly socket: Socket;
  /** Whom it counts for; undefined for those who aren't limited. */
  readonly key: string | undefined;
  readonly sinceMs: number;

  constructor(door: Door, socket: Socket, key: string | undefined, sinceMs: number) {
    this.door = door;
    this.socket = socket;
    this.key = key;
    this.sinceMs = sinceMs;
  }
}

type GuestSocket = Socket & { [KEEPER]?: unknown };

/** @returns undefined for a socket that is a guest's no longer, or never was */
function guestOn(socket: Socket): Guest | undefined {
  const keeper = (socket as GuestSocket)[KEEPER];
  return keeper instanceof Guest ? keeper : undefined;
}

/**
 * Who may come in, and how long they may take over it: everything between an accepted connection
 * and a listener. Cutting a connection is all it does to a socket.
 */
export class Door {
  readonly #options: DoorOptions;
  readonly #limiter: AddressLimiter | undefined;
  #guests = 0;
  /** By the caller's address and port; only where connections speak TLS. */
  readonly #secure = new Map<string, Guest>();
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
    return { all: this.#guests, waiting: this.#waiting.size };
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
    const guest = new Guest(this, socket, key, nowMs);
    (socket as GuestSocket)[KEEPER] = guest;
    this.#guests += 1;
    this.#waiting.add(guest);
    if (this.#options.secure) this.#secure.set(peerOf(socket), guest);
    socket.on("close", onGuestClosed);
  }

  /**
   * A whole request has come. Cuts the connection of who sends more of them than are answered.
   * @returns false where it was cut
   */
  asked(req: IncomingMessage, res: ServerResponse): boolean {
    const guest = this.#guestOf(req.socket);
    if (guest === undefined) return true;
    this.#greet(guest);
    guest.answers ??= new Set();
    const { answers } = guest;
    if (answers.size >= GATE_BOUNDS.pipelined) {
      this.#cut(guest, "pipelined");
      return false;
    }
    answers.add(res);
    this.#answers.set(res, this.#options.clock.nowMs());
    res.once("close", () => {
      answers.delete(res);
      this.#answers.delete(res);
    });
    return true;
  }

  /** The socket belongs to a listener now, or to somebody on stage: it counts no longer. */
  taken(socket: Socket): void {
    const guest = this.#guestOf(socket);
    if (guest !== undefined) this.forget(guest);
  }

  /** For those who want sound. @returns why they have to wait */
  judgeJoin(req: Pick<UpgradeRequest, "headers" | "socket">, path: string): Refusal | undefined {
    if (this.#limiter === undefined) return undefined;
    const isUpgrade = req.headers.upgrade !== undefined;
    if (!(isUpgrade ? path.startsWith(LIVE) : STREAM.test(path))) return undefined;
    const { clock, metrics, proxies } = this.#options;
    const client = proxies.clientOf(req.socket.remoteAddress, req.headers["x-forwarded-for"]);
    const key = proxies.has(client) ? undefined : addressKey(client);
    const waitMs = key === undefined ? undefined : this.#limiter.join(key, clock.nowMs());
    if (waitMs === undefined) return undefined;
    metrics.gateRefusals.inc({ reason: "join-pace" });
    const retryAfterS = Math.max(1, Math.ceil(waitMs / 1_000));
    return refuse("too-many", `too many join from this address: try again in ${retryAfterS} s`, {
      ...CORS,
      "retry-after": String(retryAfterS),
    });
  }

  /** Who has not said a whole request by now waits for nothing. */
  cutWaiting(): void {
    for (const { socket } of this.#waiting) socket.destroy();
  }

  close(): void {
    this.#cancelSweep();
  }

  #guestOf(socket: Socket): Guest | undefined {
    return guestOn(socket) ?? (this.#options.secure ? this.#secure.get(peerOf(socket)) : undefined);
  }

  #greet(guest: Guest): void {
    if (guest.greeted) return;
    guest.greeted = true;
    this.#waiting.delete(guest);
    if (guest.key !== undefined) this.#limiter?.greet(guest.key);
  }

  /** It is gone, or a guest no longer. */
  forget(guest: Guest): void {
    const socket: GuestSocket = guest.socket;
    socket[KEEPER] = undefined;
    socket.off("close", onGuestClosed);
    this.#guests -= 1;
    this.#waiting.delete(guest);
    if (this.#options.secure) {
      const peer = peerOf(socket);
      // The kernel may have given the same port to the next caller already.
      if (this.#secure.get(peer) === guest) this.#secure.delete(peer);
    }
    // Answers that stood in a queue behind another are not told of the end.
    for (const res of guest.answers ?? []) this.#answers.delete(res);
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
const LIVE = "/live/";

function onGuestClosed(this: Socket): void {
  const guest = guestOn(this);
  guest?.door.forget(guest);
}

function peerOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}
