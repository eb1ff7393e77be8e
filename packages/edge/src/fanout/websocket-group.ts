import { encodeChunks, encodeServerFrame, OPCODE, type ProgramFrame } from "@rostra/wire";
import type { ProgramLine } from "../program/line.ts";
import type { Crowd } from "./crowd.ts";
import { Position } from "./position.ts";

/** Frames as WebSocket messages: one chunk each. */
export function encodeChunkMessages(frames: readonly ProgramFrame[]): Uint8Array[] {
  return encodeChunks(frames).map((chunk) => encodeServerFrame(OPCODE.binary, chunk));
}

/** WebSocket listeners who hear the program: they share one position and all bytes. */
export class WebSocketGroup {
  readonly crowd: Crowd;
  readonly #line: ProgramLine;
  readonly #position = new Position();
  #latestSecond: readonly Uint8Array[] | undefined;

  constructor(options: { crowd: Crowd; line: ProgramLine }) {
    this.crowd = options.crowd;
    this.#line = options.line;
  }

  /** Number of the last frame that the group was sent. */
  get upTo(): number | undefined {
    return this.#position.upTo;
  }

  /**
   * Room events and new frames leave in one write.
   * @param events whole WebSocket messages; a slow listener gets them even where it loses sound
   */
  beat(events: Uint8Array | undefined, nowMs: number): void {
    this.#latestSecond = undefined;
    if (this.crowd.size === 0) {
      this.#position.skip(this.#line);
      return;
    }
    const messages = encodeChunkMessages(this.#position.advance(this.#line));
    if (events !== undefined) messages.unshift(events);
    if (messages.length > 0) this.crowd.write(Buffer.concat(messages), events, nowMs);
  }

  /** Kept until the next beat, so that a storm of newcomers shares it. */
  latestSecond(): readonly Uint8Array[] {
    this.#latestSecond ??= encodeChunkMessages(this.#position.latestSecond(this.#line));
    return this.#latestSecond;
  }
}
