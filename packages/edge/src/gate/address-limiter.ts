import type { GateLimits } from "./limits.ts";
import { TokenBucket } from "./token-bucket.ts";

/** Why a connection was cut before it was read. */
export type ConnectRefusal = "connect-pace" | "waiting" | "plain";

/** What is remembered of one address. */
interface Caller {
  readonly connects: TokenBucket;
  readonly joins: TokenBucket;
  /** Connections without a whole request. */
  waiting: number;
  /** Connections that listen to nothing, those that wait among them. */
  plain: number;
}

/**
 * The limits of each address, counted. Knows neither sockets nor clock. Remembers those with a
 * connection, and of the others the latest: who is forgotten starts with a full bucket.
 */
export class AddressLimiter {
  readonly #limits: GateLimits;
  readonly #idleAddresses: number;
  readonly #busy = new Map<string, Caller>();
  // In the order in which they were last seen.
  readonly #idle = new Map<string, Caller>();

  constructor(limits: GateLimits, idleAddresses: number) {
    this.#limits = limits;
    this.#idleAddresses = idleAddresses;
  }

  /** Addresses that are remembered. */
  get size(): number {
    return this.#busy.size + this.#idle.size;
  }

  /** A connection has come. Undefined lets it in: {@link leave} must follow once. */
  connect(key: string, nowMs: number): ConnectRefusal | undefined {
    const caller = this.#find(key, nowMs);
    const { waiting, plain, connectBurst, connectsPerSecond } = this.#limits;
    let refusal: ConnectRefusal | undefined;
    if (caller.waiting >= waiting) refusal = "waiting";
    else if (caller.plain >= plain) refusal = "plain";
    else if (caller.connects.take(nowMs, connectBurst, connectsPerSecond) !== undefined) {
      refusal = "connect-pace";
    }
    if (refusal === undefined) {
      caller.waiting += 1;
      caller.plain += 1;
    }
    this.#keep(key, caller);
    return refusal;
  }

  /** A connection has said its first whole request. */
  greet(key: string): void {
    const caller = this.#busy.get(key);
    if (caller !== undefined) caller.waiting -= 1;
  }

  /** A connection has ended, or listens from now on. @param greeted {@link greet} was called */
  leave(key: string, greeted: boolean): void {
    const caller = this.#busy.get(key);
    if (caller === undefined) return;
    caller.plain -= 1;
    if (!greeted) caller.waiting -= 1;
    this.#keep(key, caller);
  }

  /** Somebody wants sound. @returns ms until it's worth asking again; undefined lets them in */
  join(key: string, nowMs: number): number | undefined {
    const caller = this.#find(key, nowMs);
    const { joinBurst, joinsPerSecond } = this.#limits;
    const waitMs = caller.joins.take(nowMs, joinBurst, joinsPerSecond);
    this.#keep(key, caller);
    return waitMs;
  }

  #find(key: string, nowMs: number): Caller {
    const { connectBurst, joinBurst } = this.#limits;
    return (
      this.#busy.get(key) ??
      this.#idle.get(key) ?? {
        connects: new TokenBucket(connectBurst, nowMs),
        joins: new TokenBucket(joinBurst, nowMs),
        waiting: 0,
        plain: 0,
      }
    );
  }

  /** Who holds no connection goes to the end of those who are forgotten in time. */
  #keep(key: string, caller: Caller): void {
    this.#idle.delete(key);
    if (caller.plain > 0) {
      this.#busy.set(key, caller);
      return;
    }
    this.#busy.delete(key);
    this.#idle.set(key, caller);
    if (this.#idle.size > this.#idleAddresses) this.#idle.delete(this.#idle.keys().next().value!);
  }
}
