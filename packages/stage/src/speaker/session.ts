import type { Cancel, Clock, SpaceId, UserId } from "@rostra/wire";
import type { Peer, PeerHandlers, PeerState } from "../transport/peer.ts";
import type { RtpSender } from "../transport/rtp-sender.ts";
import type { Speaker } from "./speaker.ts";

/** Why a session ended. */
export type SessionEnd =
  | "left"
  | "replaced"
  | "removed"
  | "space-ended"
  | "never-connected"
  | "lost"
  | "failed"
  | "closing";

export interface SessionOptions {
  readonly id: string;
  readonly spaceId: SpaceId;
  readonly userId: UserId;
  readonly clock: Clock;
  readonly speaker: Speaker;
  readonly sender: RtpSender;
  /** When a packet that comes in now is said to have arrived. */
  arrivalMs(): number;
  /** The connection works for the first time: from now on the speaker may be mixed. */
  onConnected(session: Session): void;
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
  readonly id: string;
  readonly spaceId: SpaceId;
  readonly userId: UserId;
  readonly speaker: Speaker;
  readonly #options: SessionOptions;
  #peer: Peer | undefined;
  #state: "waiting" | "open" | "ended" = "waiting";
  #cancelDeadline: Cancel;

  constructor(options: SessionOptions) {
    this.id = options.id;
    this.spaceId = options.spaceId;
    this.userId = options.userId;
    this.speaker = options.speaker;
    this.#options = options;
    this.#cancelDeadline = this.#deadline(CONNECT_WITHIN_MS, "never-connected");
  }

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
    this.speaker.push(datagram, this.#options.arrivalMs());
  }

  onState(state: PeerState): void {
    if (this.isEnded || state === "connecting") return;
    this.speaker.isReachable = state === "connected";
    if (state === "connected") this.#connected();
    else if (state === "disconnected") {
      this.#cancelDeadline();
      this.#cancelDeadline = this.#deadline(RECOVER_WITHIN_MS, "lost");
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
   * The order matters: first out of the mix (onEnd), then the native connection, which may still
   * deliver packets until it is closed, then the codecs those packets would go to.
   */
  async end(reason: SessionEnd): Promise<void> {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#cancelDeadline();
    this.#options.onEnd(this, reason);
    await this.#peer?.close();
    this.speaker.close();
  }
}
