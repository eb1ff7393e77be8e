import type { Opus } from "@rostra/sound";
import {
  type Clock,
  hasProgram,
  type SpaceId,
  type SpaceSnapshot,
  type UserId,
} from "@rostra/wire";
import type { Logger } from "pino";
import { RETURN_ENCODING, ReturnFeed } from "../encode/return-feed.ts";
import { StageError } from "../errors.ts";
import type { StageMetrics } from "../metrics.ts";
import type { FeedPacket } from "../program/program.ts";
import type { Programs } from "../program/programs.ts";
import { parseOffer } from "../transport/offer.ts";
import type { PeerTransport } from "../transport/peer.ts";
import { RtpSender } from "../transport/rtp-sender.ts";
import { Session, type SessionEnd } from "./session.ts";
import { Speaker } from "./speaker.ts";

/** What control has last said of the spaces. */
export interface Spaces {
  get(spaceId: SpaceId): SpaceSnapshot | undefined;
}

export interface SessionsOptions {
  readonly opus: Opus;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: StageMetrics;
  readonly transport: PeerTransport;
  readonly programs: Programs;
  readonly spaces: Spaces;
}

/** Each costs about 15 ms of CPU a second and a native connection. */
const MAX_SESSIONS = 200;
/** One that works and one that may replace it. */
const MAX_SESSIONS_PER_MEMBER = 2;

/** All connections of speakers to this stage. Owns the sessions; bounded. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #sessions = new Map<string, Session>();
  readonly #bySpeaker = new Map<Speaker, Session>();
  /** Sessions being made: counted, so that a burst of requests can't pass the bound. */
  #opening = 0;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** By the last part of the session's address. */
  get(id: string): Session | undefined {
    return this.#sessions.get(id);
  }

  /**
   * Answers a member's offer. An older session of theirs is closed when the new one connects.
   * @throws {StageError} `bad-sdp`, `too-many`, `transport`, `closed`
   */
  async open(
    spaceId: SpaceId,
    userId: UserId,
    offerText: string,
  ): Promise<{ session: Session; answer: string }> {
    const offer = parseOffer(offerText);
    if (this.#sessions.size + this.#opening >= MAX_SESSIONS) {
      throw new StageError("too-many", "this stage has no room for another speaker");
    }
    this.#opening += 1;
    try {
      const sender = new RtpSender(offer.payloadType);
      const speaker = await this.#makeSpeaker(userId, offer.payloadType, offer.wantsSound);
      const session = this.#makeSession(spaceId, speaker, sender);
      try {
        const peer = await this.#options.transport.accept(offer, sender.ssrc, session);
        session.attach(peer);
        if (!this.#isMember(spaceId, userId)) throw new StageError("closed", "no longer on stage");
        return { session, answer: peer.answer };
      } catch (error) {
        await session.end("closing");
        throw error;
      }
    } finally {
      this.#opening -= 1;
    }
  }

  async #makeSpeaker(userId: UserId, payloadType: number, wantsSound: boolean): Promise<Speaker> {
    const { opus, metrics } = this.#options;
    const decoder = await opus.createDecoder({ channels: 1 });
    const encoder = wantsSound ? await opus.createEncoder(RETURN_ENCODING) : undefined;
    return new Speaker({
      userId,
      payloadType,
      decoder,
      returnFeed: encoder === undefined ? null : new ReturnFeed(encoder),
      meter: metrics.speakerMeter,
    });
  }

  #makeSession(spaceId: SpaceId, speaker: Speaker, sender: RtpSender): Session {
    const { clock, programs } = this.#options;
    const { userId } = speaker;
    this.#makeRoom(spaceId, userId);
    const session = new Session({
      id: randomId(),
      spaceId,
      userId,
      clock,
      speaker,
      sender,
      arrivalMs: () => programs.get(spaceId)?.arrivalMs() ?? clock.nowMs(),
      onConnected: (connected) => this.#onConnected(connected),
      onEnd: (ended, reason) => this.#onEnd(ended, reason),
    });
    this.#sessions.set(session.id, session);
    this.#bySpeaker.set(speaker, session);
    this.#options.metrics.speakers.inc();
    return session;
  }

  /** A client that keeps trying replaces its own attempts, never its working session. */
  #makeRoom(spaceId: SpaceId, userId: UserId): void {
    const theirs = this.#of(spaceId, userId);
    if (theirs.length < MAX_SESSIONS_PER_MEMBER) return;
    const waiting = theirs.find(({ isOpen }) => !isOpen) ?? theirs[0]!;
    void waiting.end("replaced");
  }

  #of(spaceId: SpaceId, userId: UserId): Session[] {
    return [...this.#sessions.values()].filter(
      (session) => session.spaceId === spaceId && session.userId === userId,
    );
  }

  /** Those who may be mixed now: for a program that has just begun. */
  speakersOf(spaceId: SpaceId): Speaker[] {
    return [...this.#sessions.values()]
      .filter((session) => session.spaceId === spaceId && session.isOpen)
      .map(({ speaker }) => speaker);
  }

  #isMember(spaceId: SpaceId, userId: UserId): boolean {
    const snapshot = this.#options.spaces.get(spaceId);
    if (snapshot === undefined || !hasProgram(snapshot.state)) return false;
    return snapshot.members.some(({ id }) => id === userId);
  }

  /** Only now the older session goes: until here it was the one that worked. */
  #onConnected(session: Session): void {
    for (const other of this.#of(session.spaceId, session.userId)) {
      if (other !== session && other.isOpen) void other.end("replaced");
    }
    this.#options.programs.get(session.spaceId)?.add(session.speaker);
    this.#options.log.info({ space: session.spaceId, user: session.userId }, "speaker connected");
  }

  /** Everything that leads to the session goes before anything of it is freed. */
  #onEnd(session: Session, reason: SessionEnd): void {
    this.#sessions.delete(session.id);
    this.#bySpeaker.delete(session.speaker);
    this.#options.programs.get(session.spaceId)?.remove(session.speaker);
    this.#options.metrics.speakers.dec();
    const { spaceId: space, userId: user } = session;
    this.#options.log.info({ space, user, reason }, "speaker's session ended");
  }

  /** Hands a tick's packets to the connections. */
  sendFeeds(number: number, feeds: readonly FeedPacket[]): void {
    for (const { speaker, packet } of feeds) this.#bySpeaker.get(speaker)?.send(number, packet);
  }

  /** Their sound could not be made: the client comes back with a new session, and new codecs. */
  drop(speaker: Speaker, error: unknown): void {
    this.#options.log.error({ err: error, user: speaker.userId }, "a speaker's sound failed");
    void this.#bySpeaker.get(speaker)?.end("failed");
  }

  /** Ends the sessions of those who, after a change of the space, aren't on its stage. */
  enforce(spaceId: SpaceId): void {
    const snapshot = this.#options.spaces.get(spaceId);
    const reason = snapshot?.state === "ended" ? "space-ended" : "removed";
    for (const session of [...this.#sessions.values()]) {
      if (session.spaceId !== spaceId || this.#isMember(spaceId, session.userId)) continue;
      void session.end(reason);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => session.end("closing")));
  }
}

/** Unguessable: who knows a session's address may not end it, but shouldn't find it either. */
function randomId(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64url");
}
