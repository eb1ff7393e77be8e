import type { Socket } from "node:net";
import {
  CADENCE_NOTICE_MS,
  CLOSE,
  type Clock,
  channelsOf,
  encodeCloseFrame,
  encodeRoomEvent,
  encodeServerFrame,
  encodeTextFrame,
  FRAME_MS,
  type ListenerMessage,
  OPCODE,
  type Rendition,
  type SpaceSnapshot,
} from "@rostra/wire";
import type { Logger } from "pino";
import { AacFeed } from "../aac/feed.ts";
import type { TranscoderAdapter } from "../aac/transcoder.ts";
import { BOUNDS } from "../bounds.ts";
import type { Attendee } from "../events/space-audience.ts";
import type { EdgeMetrics, Protocol } from "../metrics.ts";
import type { ProgramLine } from "../program/line.ts";
import type { Thinning } from "./bit-budget.ts";
import type { CadenceChange } from "./cadence-policy.ts";
import { ChunkPlan } from "./chunk-plan.ts";
import { Crowd, type Listener, newListener } from "./crowd.ts";
import { endSocket } from "./farewell.ts";
import { FirstWrites } from "./first-writes.ts";
import { Inbound } from "./inbound.ts";
import { attach, type SocketOwner } from "./listener-socket.ts";
import { OggSlot } from "./ogg-slot.ts";
import { byeMessage, RoomEvents } from "./room-events.ts";
import { Slots } from "./slots.ts";
import { Standbys } from "./standbys.ts";
import { UncountedLinks } from "./uncounted-links.ts";
import { WebSocketRoom, type WebSocketWish } from "./websocket-room.ts";
import type { Writer } from "./writer.ts";

export interface RoomOptions {
  readonly space: SpaceSnapshot;
  readonly line: ProgramLine;
  /** True while older frames are still on their way: who resumes with them waits. */
  readonly loadingPast: () => boolean;
  readonly clock: Clock;
  /** How much sound a chunk carries as the room opens, ms; later {@link Room.setCadence} tells. */
  readonly cadenceMs: () => number;
  readonly writer: Writer;
  /** Who gets the thin rendition because the edge's line is full. */
  readonly thinning: () => Thinning;
  readonly metrics: EdgeMetrics;
  readonly log: Logger;
  /** What makes AAC; undefined while it's still being looked for. */
  readonly transcoder: () => TranscoderAdapter | undefined;
  readonly ears: () => RoomEars;
}

/** Who takes what listeners say. */
export interface RoomEars {
  newAttendee(): Attendee;
  hear(attendee: Attendee, message: ListenerMessage): void;
  leave(attendee: Attendee): void;
}

/** Between the word that chunks get longer and the first of them. */
const NOTICE_FRAMES = CADENCE_NOTICE_MS / FRAME_MS;

/**
 * The listeners of one space on this edge, by the way they are served. The room owns their
 * sockets from the handshake on: whoever is in a crowd, or catching up, is ended here.
 */
export class Room implements SocketOwner {
  /** The room's state; what changes is gathered now and then, and goes out with the sound. */
  readonly events: RoomEvents;
  /** Connections of listeners that other edges serve. */
  readonly standbys: Standbys;
  readonly #options: RoomOptions;
  readonly #plan: ChunkPlan;
  readonly #webSocket: WebSocketRoom;
  readonly #ogg: Record<Rendition, Slots<OggSlot>>;
  readonly #aac: AacFeed;
  #aacUpTo = -1;
  readonly #audience: Record<Protocol, number> = { websocket: 0, events: 0, ogg: 0, aac: 0 };
  readonly #uncounted: UncountedLinks;
  #lastEventsMs = 0;
  #lastPingMs: number;

  constructor(options: RoomOptions) {
    const { space, line, metrics, clock, thinning, writer } = options;
    this.#options = options;
    this.#lastPingMs = clock.nowMs();
    this.#uncounted = new UncountedLinks(clock);
    this.#plan = new ChunkPlan(options.cadenceMs());
    this.events = new RoomEvents(space);
    this.standbys = new Standbys(options);
    const onTooSlow = (listener: Listener) => this.#giveUp(listener);
    this.#webSocket = new WebSocketRoom({ ...options, plan: this.#plan, onTooSlow });
    const crowd = () => new Crowd({ metrics, onTooSlow });
    const ogg = (rendition: () => Rendition) =>
      new Slots({
        plan: this.#plan,
        line,
        open: (end) =>
          new OggSlot({ crowd: crowd(), line, end, writer, spaceId: space.id, rendition }),
      });
    this.#ogg = {
      full: ogg(() => (thinning() === "everybody" ? "thin" : "full")),
      thin: ogg(() => "thin"),
    };
    this.#aac = new AacFeed({
      crowd: crowd(),
      line,
      metrics,
      writer,
      log: options.log,
      nowMs: () => clock.nowMs(),
      channels: () => channelsOf(this.events.space.settings.sound),
      adapter: options.transcoder,
    });
  }

  /**
   * Who listens here; people on stage, who only follow the events, don't count, nor for a moment does who is counted
   * at another edge yet.
   */
  get listeners(): number {
    const { websocket, ogg, aac } = this.#audience;
    return websocket + ogg + aac - this.#uncounted.count();
  }

  /** Moments in a cadence at which somebody's chunk goes out. */
  get turns(): number {
    return Math.max(this.#webSocket.turns, this.#ogg.full.turns, this.#ogg.thin.turns);
  }

  /** Who follows the room's events alone: pages before their listener presses play, and the stage. */
  get followers(): number {
    return this.#audience.events;
  }

  /** Players that can be asked what they played. */
  get pages(): number {
    return this.#audience.websocket;
  }

  /**
   * @param response the handshake: it leaves in one write with the welcome and the sound; empty where that
   *   is over
   * @param waited who stood by so far
   */
  joinWebSocket(
    socket: Socket,
    response: string,
    wish: WebSocketWish,
    waited?: Listener | undefined,
  ): void {
    // Its "close" may have been and gone: nothing would ever take it out of a crowd.
    if (socket.destroyed) return;
    const listener = this.#adopt(socket, wish.sound ? "websocket" : "events", waited);
    const { second = false, from, sound } = wish;
    if (sound && (second || from !== undefined)) this.#uncounted.add(listener, second);
    const joined = this.#webSocket.join(listener, wish);
    FIRST_WRITES.write(socket, response, [this.#welcome(), ...joined.first]);
    this.#webSocket.resume(listener, joined);
  }

  /**
   * @param response the response head of an answer that ends with the connection
   * @param rendition AAC has but one
   */
  joinStream(
    kind: "ogg" | "aac",
    socket: Socket,
    response: string,
    rendition: Rendition = "full",
  ): void {
    if (socket.destroyed) return;
    const listener = this.#adopt(socket, kind);
    const { space } = this.events;
    const slot = kind === "ogg" ? this.#ogg[rendition].pick() : undefined;
    const prologue =
      slot?.prologue(space.title, channelsOf(space.settings.sound)) ?? this.#aac.latestSecond();
    FIRST_WRITES.write(socket, response, [prologue]);
    (slot ?? this.#aac).crowd.add(listener);
  }

  /** What is due goes out: one shared buffer for each slot whose turn it is. */
  beat(nowMs: number): void {
    const { line, writer } = this.#options;
    writer.beat();
    const eventsMs = Math.max(BOUNDS.eventsMs, this.#plan.cadenceMs / 4);
    if (nowMs - this.#lastEventsMs >= eventsMs) {
      this.#lastEventsMs = nowMs;
      const events = this.#gather(nowMs);
      if (events !== undefined) this.#webSocket.queue(events, nowMs);
    }
    this.#webSocket.beat(nowMs);
    this.standbys.beat();
    for (const slots of [this.#ogg.full, this.#ogg.thin]) slots.beat(nowMs);
    const aacUpTo = this.#plan.endBefore(0, line.head ?? 0);
    if (aacUpTo === this.#aacUpTo) return;
    this.#aacUpTo = aacUpTo;
    this.#aac.beat(nowMs);
  }

  /** The events since the last time, and now and then a ping. */
  #gather(nowMs: number): Uint8Array | undefined {
    const events = this.events.beat();
    if (nowMs - this.#lastPingMs < BOUNDS.pingMs) return events;
    this.#lastPingMs = nowMs;
    this.standbys.ping(PING, nowMs);
    return events === undefined ? PING : Buffer.concat([events, PING]);
  }

  /** Chunks get longer or shorter: listeners are told, and the plan is changed. */
  setCadence({ cadenceMs, urgent }: CadenceChange): void {
    const { line, clock } = this.#options;
    const now = this.#plan.cadenceMs;
    // The word itself travels with a chunk of the old length.
    const notice = cadenceMs > now && !urgent ? NOTICE_FRAMES + now / FRAME_MS : 0;
    const fromFrame = line.head === undefined ? 0 : line.head + 1 + notice;
    this.#plan.change(cadenceMs, fromFrame);
    const message = encodeRoomEvent({ type: "cadence", cadenceMs, fromFrame });
    this.#webSocket.queue(encodeTextFrame(message), clock.nowMs());
  }

  /** Those who can be told to move: WebSocket listeners, with and without sound. */
  get movable(): Listener[] {
    return this.#webSocket.everybody;
  }

  /**
   * Sends everybody away; the room is of no use after that.
   * @param retryAfterMs asked for each listener, so that they spread
   */
  farewell(reason: "ended" | "moving", retryAfterMs: () => number | null): void {
    const { clock } = this.#options;
    const code = reason === "ended" ? CLOSE.ended : CLOSE.goingAway;
    const close = encodeCloseFrame(code, reason);
    this.standbys.farewell(reason);
    for (const { socket } of this.#webSocket.removeAll(clock.nowMs())) {
      endSocket(socket, clock, Buffer.concat([byeMessage(reason, retryAfterMs()), close]));
    }
    for (const slots of [this.#ogg.full, this.#ogg.thin]) slots.finish(clock.nowMs());
    const streams = [...this.#ogg.full.all, ...this.#ogg.thin.all, this.#aac];
    for (const { socket } of streams.flatMap(({ crowd }) => crowd.removeAll())) {
      endSocket(socket, clock);
    }
    this.#aac.close();
  }

  #welcome(): Uint8Array {
    const { line, clock } = this.#options;
    return this.events.welcome(() => ({
      latestFrame: line.head ?? null,
      oldestFrame: line.head === undefined ? null : (line.first ?? null),
      serverTimeMs: clock.nowMs(),
      cadenceMs: this.#plan.cadenceMs,
    }));
  }

  /** From here on the socket is the room's, until it closes. */
  #adopt(socket: Socket, protocol: Protocol, waited?: Listener): Listener {
    const { metrics } = this.#options;
    const listener = waited ?? newListener(socket, protocol);
    this.#audience[protocol] += 1;
    metrics.sums.joins[protocol] += 1;
    metrics.sums.listeners[protocol] += 1;
    attach(listener, this, protocol === "websocket" || protocol === "events");
    return listener;
  }

  onClosed(listener: Listener): void {
    const { metrics, ears } = this.#options;
    const { protocol, attendee } = listener;
    this.#audience[protocol] -= 1;
    metrics.sums.listeners[protocol] -= 1;
    if (listener.leaves && protocol === "websocket") metrics.sums.goodbyes += 1;
    this.#webSocket.forget(listener);
    this.#uncounted.remove(listener);
    if (attendee !== undefined) ears().leave(attendee);
  }

  onBytes(listener: Listener, bytes: Uint8Array): void {
    const { clock, ears } = this.#options;
    const { socket } = listener;
    listener.inbound ??= new Inbound();
    for (const step of listener.inbound.push(bytes, clock.nowMs())) {
      if (step.kind === "say") {
        listener.attendee ??= ears().newAttendee();
        ears().hear(listener.attendee, step.message);
      } else if (step.kind === "end") {
        listener.leaves = step.leaves === true;
        this.#webSocket.forget(listener);
        endSocket(socket, clock, step.bytes);
      } else if (socket.writableLength <= BOUNDS.socketBytes) {
        // Who asks for pongs and doesn't take them gets none.
        socket.write(step.bytes);
      }
    }
  }

  #giveUp(listener: Listener): void {
    // The farewell stands behind all that it hasn't taken: tried, not promised.
    this.#webSocket.forget(listener);
    const isWebSocket = listener.protocol === "websocket" || listener.protocol === "events";
    endSocket(listener.socket, this.#options.clock, isWebSocket ? TOO_SLOW : undefined);
  }
}

const FIRST_WRITES = new FirstWrites();
const PING: Uint8Array = encodeServerFrame(OPCODE.ping, new Uint8Array(0));
const TOO_SLOW: Uint8Array = Buffer.concat([
  byeMessage("too-slow", 0),
  encodeCloseFrame(CLOSE.tooSlow, "too slow"),
]);
