import type { Socket } from "node:net";
import {
  CLOSE,
  type Clock,
  encodeCloseFrame,
  encodeRoomEvent,
  encodeTextFrame,
  type ListenMessage,
} from "@rostra/wire";
import { BOUNDS } from "../bounds.ts";
import type { EdgeMetrics } from "../metrics.ts";
import { hasMore } from "../program/has-more.ts";
import type { ProgramLine } from "../program/line.ts";
import { Crowd, type Listener, newListener } from "./crowd.ts";
import { endSocket } from "./farewell.ts";
import { FirstWrites } from "./first-writes.ts";
import { Inbound } from "./inbound.ts";
import { attach, type SocketOwner } from "./listener-socket.ts";
import { byeMessage } from "./room-events.ts";
import type { Writer } from "./writer.ts";

/** Judges who wants to listen now, and lets them in, or tells them why not. */
export type OnListen = (listener: Listener, message: ListenMessage) => void;

export interface StandbysOptions {
  readonly clock: Clock;
  readonly line: Pick<ProgramLine, "head" | "newestMade">;
  readonly metrics: EdgeMetrics;
  readonly writer: Writer;
}

/**
 * Links in waiting of one room: of listeners that other edges serve. They are written nothing but a ping now
 * and then, until they say `listen`: an edge that dies has thousands of listeners, and a connection that
 * stands already costs a write instead of a handshake.
 */
export class Standbys implements SocketOwner {
  readonly #options: StandbysOptions;
  readonly #crowd: Crowd;
  readonly #onListen = new Map<Listener, OnListen>();
  /** Second links that this edge has nothing for so far: heard as soon as it has. */
  readonly #early = new Map<Listener, ListenMessage>();

  constructor(options: StandbysOptions) {
    this.#options = options;
    const onTooSlow = (listener: Listener) => this.#end(listener, undefined);
    this.#crowd = new Crowd({ metrics: options.metrics, onTooSlow });
  }

  get size(): number {
    return this.#onListen.size;
  }

  /** @param response the handshake */
  join(socket: Socket, response: string, onListen: OnListen): void {
    if (socket.destroyed) return;
    const listener = newListener(socket, "websocket");
    attach(listener, this, true);
    this.#crowd.add(listener);
    this.#onListen.set(listener, onListen);
    this.#options.metrics.sums.standbys += 1;
    FIRST_WRITES.write(socket, response, [STANDS]);
  }

  /** @param ping a whole message */
  ping(ping: Uint8Array, nowMs: number): void {
    if (this.size > 0 && !this.#crowd.busy) {
      this.#options.writer.write(this.#crowd, ping, ping, nowMs);
    }
  }

  /**
   * After each chunk: whoever asked before there was more than the first link brought is heard now, and is told to
   * wait on where there is but what this edge makes up itself: no stage sounds anywhere, and all would come when one does.
   */
  beat(): void {
    const { head, newestMade } = this.#options.line;
    for (const [listener, message] of this.#early) {
      if (hasMore(newestMade, message.from)) {
        this.#hear(listener, message);
      } else if (hasMore(head, message.from)) {
        this.#early.delete(listener);
        listener.socket.write(STANDS);
      }
    }
  }

  /** Sends so many away: their places are needed, or the edge goes. */
  shed(count: number, goes: boolean): void {
    const bytes = goes ? MOVING : NO_ROOM;
    for (const listener of this.#crowd.all.slice(0, count)) this.#end(listener, bytes);
  }

  /** Sends everybody away; those who stood here find another place. */
  farewell(reason: "ended" | "moving"): void {
    const bytes = reason === "ended" ? ENDED : MOVING;
    for (const listener of [...this.#crowd.all]) this.#end(listener, bytes);
  }

  onClosed(listener: Listener): void {
    this.#forget(listener);
  }

  onBytes(listener: Listener, bytes: Uint8Array): void {
    listener.inbound ??= new Inbound();
    const { socket } = listener;
    for (const step of listener.inbound.push(bytes, this.#options.clock.nowMs())) {
      if (step.kind === "say") {
        if (step.message.type === "listen") this.#onListenMessage(listener, step.message);
      } else if (step.kind === "end") {
        this.#end(listener, step.bytes);
      } else if (socket.writableLength <= BOUNDS.socketBytes) {
        socket.write(step.bytes);
      }
    }
  }

  #onListenMessage(listener: Listener, message: ListenMessage): void {
    const isEarly =
      message.second === true && !hasMore(this.#options.line.newestMade, message.from);
    if (!isEarly) this.#hear(listener, message);
    else if (this.#onListen.has(listener)) this.#early.set(listener, message);
  }

  #hear(listener: Listener, message: ListenMessage): void {
    const onListen = this.#onListen.get(listener);
    this.#forget(listener);
    onListen?.(listener, message);
  }

  #end(listener: Listener, bytes: Uint8Array | undefined): void {
    this.#forget(listener);
    endSocket(listener.socket, this.#options.clock, bytes);
  }

  #forget(listener: Listener): void {
    if (!this.#onListen.delete(listener)) return;
    this.#early.delete(listener);
    this.#crowd.remove(listener);
    this.#options.metrics.sums.standbys -= 1;
  }
}

const FIRST_WRITES = new FirstWrites();
const STANDS: Uint8Array = encodeTextFrame(encodeRoomEvent({ type: "standby" }));
const ENDED: Uint8Array = Buffer.concat([
  byeMessage("ended", null),
  encodeCloseFrame(CLOSE.ended, "ended"),
]);
const MOVING: Uint8Array = Buffer.concat([
  byeMessage("moving", 0),
  encodeCloseFrame(CLOSE.goingAway, "moving"),
]);
/** Also to who can't listen here after all. */
export const NO_ROOM: Uint8Array = Buffer.concat([
  byeMessage("moving", 0),
  encodeCloseFrame(CLOSE.tryAgainLater, "no room"),
]);
