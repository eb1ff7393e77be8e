/**
 * What one address (IPv4: all of it; IPv6: its /64) may ask of one edge. They are about pace and
 * unfinished business, never about how many listen: thousands sit behind one address of a carrier
 * or a campus, and all of them may come back at once after a fault.
 */
export interface GateLimits {
  /** Newcomers who want sound: at once, and a second after that. They are told when to come back. */
  readonly joinBurst: number;
  readonly joinsPerSecond: number;
  /** New connections: at once, and a second after that. Beyond that they are cut unread. */
  readonly connectBurst: number;
  readonly connectsPerSecond: number;
  /** Connections that have not said a whole request yet. */
  readonly waiting: number;
  /** Connections that listen to nothing: waiting, at a request, or idle between two. */
  readonly plain: number;
}

export const DEFAULT_GATE_LIMITS: GateLimits = {
  joinBurst: 4_000,
  joinsPerSecond: 400,
  connectBurst: 8_000,
  connectsPerSecond: 800,
  waiting: 2_000,
  plain: 6_000,
};

/** What holds for all addresses together, and for each connection. */
export const GATE_BOUNDS = {
  /** Addresses without a connection whose pace is still remembered. */
  idleAddresses: 20_000,
  /** What a connection gets to say its first request, TLS included, ms. */
  greetingMs: 10_000,
  /** The same while more than {@link crowdedWaiting} connections are at it, ms. */
  crowdedGreetingMs: 3_000,
  crowdedWaiting: 4_000,
  /** What a caller gets to take a whole answer, ms: a page over the thinnest of links. */
  answerMs: 120_000,
  /** Requests sent behind one another on one connection without waiting for an answer. */
  pipelined: 16,
  /** Between two looks at who is late, ms. */
  sweepMs: 1_000,
} as const;
