import {
  encodeChunks,
  encodeRoomEvent,
  encodeServerFrame,
  encodeTextFrame,
  OPCODE,
  type ProgramFrame,
  type Rendition,
} from "@rostra/wire";
import type { ProgramLine } from "../program/line.ts";
import type { Crowd } from "./crowd.ts";
import { Position } from "./position.ts";
import type { Slot } from "./slots.ts";
import type { Writer } from "./writer.ts";

/** Frames as WebSocket messages: one chunk each. */
export function encodeChunkMessages(
  frames: readonly ProgramFrame[],
  rendition: Rendition,
): Uint8Array[] {
  return encodeChunks(frames, rendition).map((chunk) => encodeServerFrame(OPCODE.binary, chunk));
}

/** Tells a listener, or many, that what follows is of this rendition. */
export const RENDITION_MESSAGES: Readonly<Record<Rendition, Uint8Array>> = {
  full: encodeTextFrame(encodeRoomEvent({ type: "rendition", rendition: "full" })),
  thin: encodeTextFrame(encodeRoomEvent({ type: "rendition", rendition: "thin" })),
};

export interface WebSocketSlotOptions {
  readonly crowd: Crowd;
  readonly line: ProgramLine;
  /** Number of the frame that the slot goes on after; undefined before the first. */
  readonly end: number | undefined;
  readonly writer: Writer;
  /** What its listeners get for the moment. */
  readonly rendition: () => Rendition;
  /** How long events wait for sound that doesn't come, ms. */
  readonly patienceMs: () => number;
}

/** WebSocket listeners who hear the program: they share one position and all bytes. */
export class WebSocketSlot implements Slot {
  readonly crowd: Crowd;
  readonly #options: WebSocketSlotOptions;
  readonly #position = new Position();
  /** Whole messages for the next write. Emptied at each, at least once a cadence. */
  #events: Uint8Array[] = [];
  #eventsSinceMs = 0;
  #sent: Rendition;
  #latestSecond: readonly Uint8Array[] | undefined;

  constructor(options: WebSocketSlotOptions) {
    this.crowd = options.crowd;
    this.#options = options;
    this.#sent = options.rendition();
    this.#position.skip(options.line, options.end);
  }

  /** Number of the last frame that the slot was sent. */
  get upTo(): number | undefined {
    return this.#position.upTo;
  }

  /** What is sent of each frame. */
  get rendition(): Rendition {
    return this.#sent;
  }

  /** @param events whole messages: they leave with the next chunk */
  queue(events: Uint8Array, nowMs: number): void {
    if (this.crowd.size === 0) return;
    if (this.#events.length === 0) this.#eventsSinceMs = nowMs;
    this.#events.push(events);
  }

  /** Room events and new frames leave in one write. A slow listener gets at least the events. */
  beat(end: number | undefined, nowMs: number): void {
    const { line, rendition, patienceMs, writer } = this.#options;
    if (this.crowd.busy) return;
    if (this.crowd.size === 0) {
      this.#skip(end);
      return;
    }
    const frames = this.#position.advance(line, end);
    const waits = this.#events.length > 0 && nowMs - this.#eventsSinceMs >= patienceMs();
    if (frames.length === 0 && !waits) return;
    this.#latestSecond = undefined;
    if (this.#sent !== rendition()) {
      this.#sent = rendition();
      this.#events.push(RENDITION_MESSAGES[this.#sent]);
    }
    const events = this.#events.length === 0 ? undefined : Buffer.concat(this.#events);
    this.#events = [];
    const messages = encodeChunkMessages(frames, this.#sent);
    if (events !== undefined) messages.unshift(events);
    writer.write(this.crowd, Buffer.concat(messages), events, nowMs);
  }

  #skip(end: number | undefined): void {
    if (end !== undefined && end > (this.upTo ?? -1)) {
      this.#position.skip(this.#options.line, end);
      this.#latestSecond = undefined;
    }
    this.#events = [];
    this.#sent = this.#options.rendition();
  }

  /**
   * What a newcomer begins with, behind the welcome: its rendition where that isn't the full one,
   * and a second of sound. Kept until the next chunk, so that a storm of newcomers shares it.
   */
  latestSecond(): readonly Uint8Array[] {
    if (this.#latestSecond === undefined) {
      const frames = this.#position.latestSecond(this.#options.line);
      const sound = encodeChunkMessages(frames, this.#sent);
      this.#latestSecond = this.#sent === "full" ? sound : [RENDITION_MESSAGES.thin, ...sound];
    }
    return this.#latestSecond;
  }
}
