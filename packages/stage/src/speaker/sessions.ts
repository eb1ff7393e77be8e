import type { Opus } from "@rostra/sound";
import {
  type Channels,
  type Clock,
  channelsOf,
  hasProgram,
  type SpaceId,
  type SpaceSnapshot,
  type UserId,
} from "@rostra/wire";
import type { Logger } from "pino";
import { ReturnFeed, returnEncoding } from "../encode/return-feed.ts";
import type { FeedPacket } from "../encode/return-feeds.ts";
import { StageError } from "../errors.ts";
import type { StageMetrics } from "../metrics.ts";
import type { Programs } from "../program/programs.ts";
import { parseOffer } from "../transport/offer.ts";
import type { Peer, PeerHandlers, PeerTransport, SessionEnd } from "../transport/peer.ts";
import { RtpSender } from "../transport/rtp-sender.ts";
import { type Medium, Session } from "./session.ts";
import { SessionMemory } from "./session-memory.ts";
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

/** Who wants to be heard where. */
export interface SessionRequest {
  readonly spaceId: SpaceId;
  readonly userId: UserId;
  /** The session that this one says it continues. */
  readonly continues?: string | undefined;
}

/** Each costs about 15 ms of CPU a second and a native connection. */
const MAX_SESSIONS = 200;
/** One that works, and two ways tried at once that may replace it. */
const MAX_SESSIONS_PER_MEMBER = 3;
/** Payload type of Opus on a WebSocket, where nothing is negotiated. */
const SOCKET_PAYLOAD_TYPE = 111;

/**
 * All connections of speakers to this stage. Of each member one session at most is mixed: a newer
 * one takes its place with its first sound that can be played, so that there is neither a gap nor
 * a doubled voice. Owns the sessions; bounded.
 */
export class Sessions {
  readonly #options: SessionsOptions;
  /** Of those that are open, the one that connected last is the last. */
  readonly #sessions = new Map<string, Session>();
  readonly #bySpeaker = new Map<Speaker, Session>();
  /** The session of each member that is mixed, if any is. */
  readonly #working = new Map<string, Session>();
  readonly #memory: SessionMemory;
  /** Sessions being made: counted, so that a burst of requests can't pass the bound. */
  #opening = 0;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#memory = new SessionMemory(options.clock);
  }

  /** Connections that stand, and those that are being made. */
  get size(): number {
    return this.#sessions.size;
  }

  /** By the last part of the session's address. */
  get(id: string): Session | undefined {
    return this.#sessions.get(id);
  }

  /**
   * Answers a member's offer.
   * @throws {StageError} `bad-sdp`, `too-many`, `replaced`, `transport`, `closed`
   */
  async open(
    request: SessionRequest,
    offerText: string,
  ): Promise<{ session: Session; answer: string }> {
    const settings = this.#options.spaces.get(request.spaceId)?.settings;
    const offer = parseOffer(offerText, settings?.sound === "music");
    const medium = { ...offer, path: "webrtc" } as const;
    const { session, peer } = await this.#open(request, medium, (handlers, ssrc) =>
      this.#options.transport.accept(offer, ssrc, handlers),
    );
    return { session, answer: peer.answer };
  }

  /**
   * Begins a session on a connection that carries RTP as it is.
   * @param connect makes its peer; the session is its handlers
   * @throws {StageError} `too-many`, `replaced`, `closed`
   */
  async openOn(
    request: SessionRequest,
    connect: (handlers: PeerHandlers) => Peer,
  ): Promise<Session> {
    const medium = {
      payloadType: SOCKET_PAYLOAD_TYPE,
      wantsSound: true,
      path: "websocket",
    } as const;
    const { session } = await this.#open(request, medium, async (handlers) => connect(handlers));
    return session;
  }

  async #open<P extends Peer>(
    request: SessionRequest,
    medium: Medium,
    connect: (handlers: PeerHandlers, ssrc: number) => Promise<P>,
  ): Promise<{ session: Session; peer: P }> {
    const { spaceId, userId } = request;
    const member = memberKey(spaceId, userId);
    this.#memory.check(member, request.continues, this.#working.get(member)?.entry);
    if (this.#sessions.size + this.#opening >= MAX_SESSIONS) {
      throw new StageError("too-many", "this stage has no room for another speaker");
    }
    this.#opening += 1;
    try {
      const sender = new RtpSender(medium.payloadType);
      const speaker = await this.#makeSpeaker(userId, medium, this.#channelsIn(spaceId));
      const session = this.#makeSession(request, medium, speaker, sender);
      // The space's sound may have changed meanwhile.
      void this.#refit(session);
      try {
        const peer = await connect(session, sender.ssrc);
        session.attach(peer);
        if (!this.#isMember(spaceId, userId)) throw new StageError("closed", "no longer on stage");
        return { session, peer };
      } catch (error) {
        await session.end("closing");
        throw error;
      }
    } finally {
      this.#opening -= 1;
    }
  }

  #channelsIn(spaceId: SpaceId): Channels {
    return channelsOf(this.#options.spaces.get(spaceId)?.settings.sound ?? "voice");
  }

  async #makeSpeaker(userId: UserId, medium: Medium, channels: Channels): Promise<Speaker> {
    const { opus, metrics } = this.#options;
    const decoder = await opus.createDecoder({ channels });
    const encoding = returnEncoding(channels);
    const encoder = medium.wantsSound ? await opus.createEncoder(encoding) : undefined;
    const speaker = new Speaker({
      userId,
      payloadType: medium.payloadType,
      decoder,
      channels,
      returnFeed: encoder === undefined ? null : new ReturnFeed(encoder, channels),
      meter: metrics.speakerMeter,
    });
    speaker.path = medium.path;
    return speaker;
  }

  /**
   * Before air a space may turn to music, and back: whoever is connected goes on with codecs of as
   * many channels, without a new connection. Browsers make one all the same, for stereo of theirs.
   */
  async #refit(session: Session): Promise<void> {
    const { spaceId, userId } = session;
    const channels = this.#channelsIn(spaceId);
    if (session.speaker.channels === channels) return;
    try {
      const speaker = await this.#makeSpeaker(userId, session.medium, channels);
      const isWanted = this.#channelsIn(spaceId) === channels;
      if (session.isEnded || !isWanted || session.speaker.channels === channels) {
        speaker.close();
        return;
      }
      const before = session.refit(speaker);
      this.#bySpeaker.delete(before);
      this.#bySpeaker.set(speaker, session);
      if (this.#isWorking(session)) {
        const program = this.#options.programs.get(spaceId);
        program?.remove(before);
        program?.add(speaker);
      }
      before.close();
    } catch (error) {
      // Heard as before, in mono in the middle: nothing is worth ending the session for.
      this.#options.log.error({ err: error, user: userId }, "a speaker's sound could not change");
    }
  }

  #makeSession(
    request: SessionRequest,
    medium: Medium,
    speaker: Speaker,
    sender: RtpSender,
  ): Session {
    const { clock, programs } = this.#options;
    const { spaceId, userId, continues } = request;
    this.#makeRoom(spaceId, userId);
    const session = new Session({
      entry: this.#memory.begin(randomId(), memberKey(spaceId, userId), continues),
      spaceId,
      userId,
      clock,
      medium,
      speaker,
      sender,
      arrivalMs: () => programs.get(spaceId)?.arrivalMs() ?? clock.nowMs(),
      nowMs: () => programs.get(spaceId)?.nowMs() ?? clock.nowMs(),
      onConnected: (connected) => this.#onConnected(connected),
      onDatagram: (from, arrivalMs) => this.#onDatagram(from, arrivalMs),
      onDown: (down) => this.#takeTurns(down),
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
    const spare = theirs.filter((session) => !this.#isWorking(session));
    void (spare.find(({ isOpen }) => !isOpen) ?? spare[0]!).end("superseded");
  }

  #of(spaceId: SpaceId, userId: UserId): Session[] {
    return [...this.#sessions.values()].filter(
      (session) => session.spaceId === spaceId && session.userId === userId,
    );
  }

  /** Those who may be mixed now: for a program that has just begun. */
  speakersOf(spaceId: SpaceId): Speaker[] {
    return [...this.#working.values()]
      .filter((session) => session.spaceId === spaceId)
      .map(({ speaker }) => speaker);
  }

  #isMember(spaceId: SpaceId, userId: UserId): boolean {
    const snapshot = this.#options.spaces.get(spaceId);
    if (snapshot === undefined || !hasProgram(snapshot.state)) return false;
    return snapshot.members.some(({ id }) => id === userId);
  }

  #isWorking(session: Session): boolean {
    return this.#working.get(session.entry.member) === session;
  }

  #onConnected(session: Session): void {
    const { spaceId: space, userId: user, speaker } = session;
    this.#options.log.info({ space, user, path: speaker.path }, "speaker connected");
    this.#sessions.delete(session.id);
    this.#sessions.set(session.id, session);
    const working = this.#working.get(session.entry.member);
    // Until its first sound, an older session that works is the better one.
    if (working === undefined || !working.speaker.isReachable) this.#takeOver(session);
  }

  #onDatagram(session: Session, arrivalMs: number): void {
    if (!session.isOpen || this.#isWorking(session)) return;
    if (session.speaker.isReady(arrivalMs)) this.#takeOver(session);
  }

  /** The working session is down or has ended: one that stands takes its place at once. */
  #takeTurns(lost: Session): void {
    if (!this.#isWorking(lost)) return;
    const next = this.#of(lost.spaceId, lost.userId).findLast(
      (session) => session !== lost && session.isOpen && session.speaker.isReachable,
    );
    if (next !== undefined) this.#takeOver(next);
  }

  /** The one place where somebody's voice changes over: never both at once, never neither. */
  #takeOver(session: Session): void {
    const { entry, speaker, spaceId, userId } = session;
    const program = this.#options.programs.get(spaceId);
    const before = this.#working.get(entry.member);
    if (before !== undefined) program?.remove(before.speaker);
    this.#working.set(entry.member, session);
    program?.add(speaker);
    for (const other of this.#of(spaceId, userId)) {
      // What connected later still has its turn before it.
      if (other === session) break;
      if (!other.isOpen) continue;
      void other.end(other.entry.family === entry.family ? "superseded" : "replaced");
    }
  }

  /** Everything that leads to the session goes before anything of it is freed. */
  #onEnd(session: Session, reason: SessionEnd): void {
    this.#sessions.delete(session.id);
    this.#bySpeaker.delete(session.speaker);
    this.#memory.end(session.entry, reason === "replaced");
    this.#takeTurns(session);
    if (this.#isWorking(session)) {
      this.#working.delete(session.entry.member);
      this.#options.programs.get(session.spaceId)?.remove(session.speaker);
    }
    this.#options.metrics.speakers.dec();
    const { spaceId: space, userId: user } = session;
    this.#options.log.info({ space, user, reason }, "speaker's session ended");
  }

  /** Hands a tick's packets to the connections, also to those that are about to take over. */
  sendFeeds(number: number, feeds: readonly FeedPacket[]): void {
    const mayTakeOver = this.#sessions.size > this.#working.size;
    for (const { speaker, packet } of feeds) {
      const session = this.#bySpeaker.get(speaker);
      if (session === undefined) continue;
      session.send(number, packet);
      if (!mayTakeOver) continue;
      for (const other of this.#of(session.spaceId, session.userId)) {
        if (other !== session && other.isOpen && other.speaker.returnFeed !== null) {
          other.send(number, packet);
        }
      }
    }
  }

  /** What a member measured of the way to us. */
  noteRoundTrip(spaceId: SpaceId, userId: UserId, rttMs: number | null): void {
    const working = this.#working.get(memberKey(spaceId, userId));
    if (working !== undefined) working.speaker.rttMs = rttMs;
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
      if (session.spaceId !== spaceId) continue;
      if (this.#isMember(spaceId, session.userId)) void this.#refit(session);
      else void session.end(reason);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => session.end("closing")));
  }
}

function memberKey(spaceId: SpaceId, userId: UserId): string {
  return `${spaceId} ${userId}`;
}

/** Unguessable: who knows a session's address may not end it, but shouldn't find it either. */
function randomId(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64url");
}
