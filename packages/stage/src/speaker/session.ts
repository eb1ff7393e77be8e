import type { Cancel, Clock, SpaceId, StagePath, UserId } from "@rostra/wire";
import type { Peer, PeerHandlers, PeerState, SessionEnd } from "../transport/peer.ts";
import type { RtpSender } from "../transport/rtp-sender.ts";
import type { SessionEntry } from "./session-memory.ts";
import type { Speaker } from "./speaker.ts";

/** What a connection must be able to carry. */
export interface Medium {
  /** Payload type of Opus. */
  readonly payloadType: number;
  readonly wantsSound: boolean;
  readonly path: StagePath;
}

export interface SessionOptions {
  readonly entry: SessionEntry;
  readonly spaceId: SpaceId;
  readonly userId: UserId;
  readonly clock: Clock;
  readonly medium: Medium;
  readonly speaker: Speaker;
  readonly sender: RtpSender;
  /** When a packet that comes in now may have arrived, at the earliest, by the space's time. */
  arrivalMs(): number;
  /** And at the latest: now, by the space's time. */
  nowMs(): number;
  /** The connection works for the first time. */
  onConnected(session: Session): void;
  /** A datagram came: sound may be there that can be played. */
  onDatagram(session: Session, arrivalMs: number): void;
  /** The connection is down; it may come back. */
  onDown(session: Session): void;
  /** Called once, before anything is freed. */
  onEnd(session: Session, reason: SessionEnd): void;
}

/** An offer that nobody follows up is dropped. */
const CONNECT_WITHIN_MS = 15_000;
/** A connection that is down for longer doesn't come back: the client makes a new session. */
const RECOVER_WITHIN_MS = 3_000;

/**
 * One member's connection to one space. Owns the peer and the speaker. States: waiting (offered,
 * not yet connected), open, ended.
 */
export class Session implements PeerHandlers {
  readonly entry: SessionEntry;
  readonly spaceId: SpaceId;
  readonly userId: UserId;
  readonly medium: Medium;
  readonly #options: SessionOptions;
  #speaker: Speaker;
  #peer: Peer | undefined;
  #state: "waiting" | "open" | "ended" = "waiting";
  #cancelDeadline: Cancel;

  constructor(options: SessionOptions) {
    this.entry = options.entry;
    this.spaceId = options.spaceId;
    this.userId = options.userId;
    this.medium = options.medium;
    this.#speaker = options.speaker;
    this.#options = options;
    this.#cancelDeadline = this.#deadline(CONNECT_WITHIN_MS, "never-connected");
  }

  /** The last part of its address. */
  get id(): string {
    return this.entry.id;
  }

  get speaker(): Speaker {
    return this.#speaker;
  }

  /**
   * Goes on with another speaker, made for other channels, on the same connection. Owns it from now
   * on. @returns the one before, which is the caller's now
   */
  refit(speaker: Speaker): Speaker {
    const before = this.#speaker;
    speaker.isReachable = before.isReachable;
    speaker.rttMs = before.rttMs;
    this.#speaker = speaker;
    return before;
  }

  /** Connected at least once, and not ended. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  get isEnded(): boolean {
    return this.#state === "ended";
  }

  /** The peer exists only after the session, since its callbacks lead here. */
  attach(peer: Peer): void {
    this.#peer = peer;
    if (this.isEnded) void peer.close();
  }

  onDatagram(datagram: Uint8Array): void {
    if (this.isEnded) return;
    const arrivalMs = this.#options.arrivalMs();
    this.speaker.push(datagram, arrivalMs, this.#options.nowMs());
    this.#options.onDatagram(this, arrivalMs);
  }

  onState(state: PeerState): void {
    if (this.isEnded || state === "connecting") return;
    this.speaker.isReachable = state === "connected";
    if (state === "connected") this.#connected();
    else if (state === "disconnected") {
      this.#cancelDeadline();
      this.#cancelDeadline = this.#deadline(RECOVER_WITHIN_MS, "lost");
      this.#options.onDown(this);
    } else void this.end("lost");
  }

  #connected(): void {
    this.#cancelDeadline();
    if (this.#state === "open") return;
    this.#state = "open";
    this.#options.onConnected(this);
  }

  #deadline(delayMs: number, reason: SessionEnd): Cancel {
    return this.#options.clock.after(delayMs, () => void this.end(reason));
  }

  /** Sends frame `number` of what this speaker hears. */
  send(number: number, packet: Uint8Array): void {
    this.#peer?.send(this.#options.sender.datagram(number, packet));
  }

  /**
   * @param reason told to the peer where it can be: a WebSocket closes with a word
   *
   * The order matters: first out of the mix (onEnd), then the native connection, which may still
   * deliver packets until it is closed, then the codecs those packets would go to.
   */
  async end(reason: SessionEnd): Promise<void> {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#cancelDeadline();
    this.#options.onEnd(this, reason);
    await this.#peer?.close(reason);
    this.speaker.close();
  }
}
