import type { ListenTier } from "@rostra/wire";

/** Why a server doesn't serve: what its HTTP answer says. */
export interface Refusal {
  readonly status: number;
  /** When to try again; undefined where it doesn't say. */
  readonly retryAfterMs: number | undefined;
  /** Where to go instead, absolute or a path; undefined where it doesn't say. */
  readonly location: string | undefined;
  /** Where there is room, as the answer's body says; none where it doesn't. */
  readonly tiers: readonly ListenTier[];
}

/** What a dialogue with a server comes to. All calls are made while bytes are being pushed. */
export interface DialogueEvents {
  /** Write this to the server. */
  send(bytes: string | Uint8Array): void;
  /** Consecutive frames of program have come. @param isHolding whether they begin with holding sound, where a protocol tells */
  sound(first: number, count: number, isHolding?: boolean): void;
  /** The same frames with their packets, which are only valid during the call. Only for who asked. */
  packets(first: number, packets: readonly Uint8Array[]): void;
  /** The server's clock as it wrote what has just come, ms since 1970. */
  serverTime(timeMs: number): void;
  /** @param retryAfterMs when to come back; null: not at all */
  goodbye(reason: string, retryAfterMs: number | null): void;
  refused(refusal: Refusal): void;
  /** Chunks hold so much sound from that frame on. Only where a protocol tells. */
  cadence(cadenceMs: number, fromFrame: number): void;
  /** Who is picked by that share should say that it hears. Only where a protocol asks. */
  askHeard(share: number): void;
  /** A link in waiting stands. Only where a protocol has those. */
  standby(): void;
  /** The server goes: connect elsewhere before this connection ends. Only where a protocol tells. */
  move(tiers: readonly ListenTier[]): void;
}

/**
 * One connection's worth of a protocol, seen from the listener: pure, knows no socket. Throws a
 * WireError for what the protocol doesn't allow; the connection can't go on then.
 */
export interface Dialogue {
  /** What is sent as soon as there is a connection. */
  readonly opening: string;
  /**
   * Takes what came. The buffer is shared by all connections: nothing of it is kept.
   * @param end how much of `bytes` came
   */
  push(bytes: Buffer, end: number): void;
}

/** How a dialogue is begun. */
export interface DialogueOptions {
  /** For the Host header. */
  readonly authority: string;
  /** Path of the space's sound: `/live/{id}`. */
  readonly livePath: string;
  /** How often this listener was sent on; a server sends nobody on for ever. */
  readonly hop: number;
  readonly events: DialogueEvents;
  /** Whether packets are wanted, or only their numbers. */
  readonly decodes: boolean;
  /** Number of the first frame wanted; undefined: from now on. For those who can ask. */
  readonly from: number | undefined;
  /** How much sound chunks held so far, ms. For those who can say so. */
  readonly cadence?: number | undefined;
  /** A connection beside one that is late. */
  readonly isSecond?: boolean;
  /** One that only waits. */
  readonly isStandby?: boolean;
}
