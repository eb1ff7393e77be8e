import type { Socket } from "node:net";
import {
  CLOSE,
  type Clock,
  channelsOf,
  encodeCloseFrame,
  encodeServerFrame,
  OPCODE,
  type SpaceSnapshot,
} from "@rostra/wire";
import type { Logger } from "pino";
import { AacFeed } from "../aac/feed.ts";
import type { TranscoderAdapter } from "../aac/transcoder.ts";
import { BOUNDS } from "../bounds.ts";
import type { EdgeMetrics, Protocol } from "../metrics.ts";
import type { ProgramLine } from "../program/line.ts";
import { CatchUps } from "./catch-up.ts";
import { Crowd, type Listener, newListener } from "./crowd.ts";
import { endSocket } from "./farewell.ts";
import { Inbound } from "./inbound.ts";
import { OggGroup } from "./ogg-group.ts";
import { byeMessage, RoomEvents } from "./room-events.ts";
import { WebSocketGroup } from "./websocket-group.ts";

export interface RoomOptions {
  readonly space: SpaceSnapshot;
  readonly line: ProgramLine;
  /** True while older frames are still on their way: who resumes with them waits. */
  readonly loadingPast: () => boolean;
  readonly clock: Clock;
  /** How much sound a chunk carries for the moment, ms: newcomers are told. */
  readonly cadenceMs: () => number;
  readonly metrics: EdgeMetrics;
  readonly log: Logger;
  /** What makes AAC; undefined while it's still being looked for. */
  readonly transcoder: () => TranscoderAdapter | undefined;
}

/** How a WebSocket listener wants to come in. */
export interface WebSocketWish {
  /** Resume with this frame number; undefined: begin with the latest second. */
  readonly from: number | undefined;
  /** False for people on stage: room events only. */
  readonly sound: boolean;
}

/**
 * The listeners of one space on this edge, by the way they are served. The room owns their
 * sockets from the handshake on: whoever is in a crowd, or catching up, is ended here.
 */
export class Room {
  /** The room's state; what changes goes out at the next beat. */
  readonly events: RoomEvents;
  readonly #options: RoomOptions;
  // WebSocket listeners are in one of two crowds: with sound, or with the events alone.
  readonly #sound: WebSocketGroup;
  readonly #eventsOnly: Crowd;
  readonly #ogg: OggGroup;
  readonly #aac: AacFeed;
  readonly #catchUps: CatchUps;
  readonly #audience: Record<Protocol, number> = { websocket: 0, events: 0, ogg: 0, aac: 0 };
  #lastPingMs: number;

  constructor(options: RoomOptions) {
    const { space, line, metrics, clock } = options;
    this.#options = options;
    this.#lastPingMs = clock.nowMs();
    const crowd = () => new Crowd({ metrics, onTooSlow: (it) => this.#giveUp(it) });
    this.events = new RoomEvents(space);
    this.#sound = new WebSocketGroup({ crowd: crowd(), line });
    this.#ogg = new OggGroup({ crowd: crowd(), line, spaceId: space.id });
    this.#aac = new AacFeed({
      crowd: crowd(),
      line,
      metrics,
      log: options.log,
      nowMs: () => clock.nowMs(),
      channels: () => channelsOf(this.events.space.settings.sound),
      adapter: options.transcoder,
    });
    this.#eventsOnly = crowd();
    this.#catchUps = new CatchUps({
      line,
      loadingPast: options.loadingPast,
      upTo: () => this.#sound.upTo,
      nowMs: () => clock.nowMs(),
      onDone: (listener) => this.#goLive(listener),
      onTooSlow: (listener) => this.#giveUp(listener),
    });
  }

  /** Who listens here; people on stage, who only follow the events, don't count. */
  get listeners(): number {
    const { websocket, ogg, aac } = this.#audience;
    return websocket + ogg + aac;
  }

  /** Who follows the room's events alone: pages before their listener presses play, and the stage. */
  get followers(): number {
    return this.#audience.events;
  }

  /** @param response the handshake: it leaves in one write with the welcome and the sound */
  joinWebSocket(socket: Socket, response: string, wish: WebSocketWish): void {
    // Its "close" may have been and gone: nothing would ever take it out of a crowd.
    if (socket.destroyed) return;
    const listener = this.#adopt(socket, wish.sound ? "websocket" : "events");
    this.#listenTo(listener);
    const resumes = wish.sound && wish.from !== undefined;
    socket.cork();
    socket.write(response);
    socket.write(this.#welcome());
    if (wish.sound && !resumes) for (const bytes of this.#sound.latestSecond()) socket.write(bytes);
    socket.uncork();
    // Until someone who resumes has caught up, it is one of those who follow the events.
    if (wish.sound && !resumes) this.#sound.crowd.add(listener);
    else this.#eventsOnly.add(listener);
    if (resumes) this.#catchUps.add(listener, wish.from!);
  }

  /** @param response the response head of an answer that ends with the connection */
  joinStream(kind: "ogg" | "aac", socket: Socket, response: string): void {
    if (socket.destroyed) return;
    const listener = this.#adopt(socket, kind);
    const prologue =
      kind === "ogg" ? this.#ogg.prologue(this.events.space.title) : this.#aac.latestSecond();
    socket.cork();
    socket.write(response);
    socket.write(prologue);
    socket.uncork();
    (kind === "ogg" ? this.#ogg : this.#aac).crowd.add(listener);
  }

  /** Everything new goes out: one shared buffer for each way of being served. */
  beat(nowMs: number): void {
    const events = this.#messages(nowMs);
    this.#sound.beat(events, nowMs);
    if (events !== undefined) this.#eventsOnly.write(events, events, nowMs);
    this.#catchUps.beat(nowMs);
    this.#ogg.beat(nowMs);
    this.#aac.beat(nowMs);
  }

  /** The events since the last beat, and now and then a ping: also in a crowd's one write. */
  #messages(nowMs: number): Uint8Array | undefined {
    const events = this.events.beat();
    if (nowMs - this.#lastPingMs < BOUNDS.pingMs) return events;
    this.#lastPingMs = nowMs;
    return events === undefined ? PING : Buffer.concat([events, PING]);
  }

  /**
   * Sends everybody away; the room is of no use after that.
   * @param retryAfterMs asked for each listener, so that they spread
   */
  farewell(reason: "ended" | "moving", retryAfterMs: () => number | null): void {
    const { clock } = this.#options;
    const code = reason === "ended" ? CLOSE.ended : CLOSE.goingAway;
    const close = encodeCloseFrame(code, reason);
    this.#catchUps.clear();
    const crowds = [this.#sound.crowd, this.#eventsOnly];
    for (const { socket } of crowds.flatMap((crowd) => crowd.removeAll())) {
      endSocket(socket, clock, Buffer.concat([byeMessage(reason, retryAfterMs()), close]));
    }
    for (const { crowd } of [this.#ogg, this.#aac]) {
      for (const { socket } of crowd.removeAll()) endSocket(socket, clock);
    }
    this.#aac.close();
  }

  #welcome(): Uint8Array {
    const { line, clock, cadenceMs } = this.#options;
    return this.events.welcome(() => ({
      latestFrame: line.head ?? null,
      oldestFrame: line.head === undefined ? null : (line.first ?? null),
      serverTimeMs: clock.nowMs(),
      cadenceMs: cadenceMs(),
    }));
  }

  /** From here on the socket is the room's, until it closes. */
  #adopt(socket: Socket, protocol: Protocol): Listener {
    const { metrics } = this.#options;
    const listener = newListener(socket, protocol);
    this.#audience[protocol] += 1;
    metrics.joins.inc({ protocol });
    metrics.listeners.inc({ protocol });
    socket.once("close", () => {
      this.#audience[protocol] -= 1;
      metrics.listeners.dec({ protocol });
      this.#forget(listener);
    });
    return listener;
  }

  /** It is written nothing more by beats; its socket may still take a farewell. */
  #forget(listener: Listener): void {
    listener.crowd?.remove(listener);
    this.#catchUps.remove(listener);
  }

  /** It has caught up: from the next beat on it gets what all get. */
  #goLive(listener: Listener): void {
    listener.crowd?.remove(listener);
    if (!listener.socket.destroyed) this.#sound.crowd.add(listener);
  }

  #giveUp(listener: Listener): void {
    // The farewell stands behind all that it hasn't taken: tried, not promised.
    this.#forget(listener);
    const isWebSocket = listener.protocol === "websocket" || listener.protocol === "events";
    endSocket(listener.socket, this.#options.clock, isWebSocket ? TOO_SLOW : undefined);
  }

  #listenTo(listener: Listener): void {
    const { clock } = this.#options;
    const { socket } = listener;
    const inbound = new Inbound();
    socket.on("data", (bytes: Uint8Array) => {
      for (const step of inbound.push(bytes, clock.nowMs())) {
        // Who asks for pongs and doesn't take them gets none.
        if (step.kind === "write" && socket.writableLength <= BOUNDS.socketBytes) {
          socket.write(step.bytes);
        } else if (step.kind === "end") {
          this.#forget(listener);
          endSocket(socket, clock, step.bytes);
        }
      }
    });
  }
}

const PING: Uint8Array = encodeServerFrame(OPCODE.ping, new Uint8Array(0));
const TOO_SLOW: Uint8Array = Buffer.concat([
  byeMessage("too-slow", 0),
  encodeCloseFrame(CLOSE.tooSlow, "too slow"),
]);
