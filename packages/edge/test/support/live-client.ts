import type { Socket } from "node:net";
import {
  decodeChunk,
  decodeRoomEvent,
  encodeClientFrame,
  OPCODE,
  type Opcode,
  type ProgramFrame,
  type RoomEvent,
  WEBSOCKET_SUBPROTOCOL,
  type WebSocketFrame,
  WebSocketFrameParser,
} from "@rostra/wire";
import { getRequest, RawClient } from "./raw-client.ts";

export const UPGRADE: Record<string, string> = {
  Upgrade: "websocket",
  Connection: "Upgrade",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Protocol": WEBSOCKET_SUBPROTOCOL,
};

/** A listener as the protocol document describes one, down to the bytes. */
export class LiveClient extends RawClient {
  readonly events: RoomEvent[] = [];
  readonly frames: ProgramFrame[] = [];
  /** Frames in each chunk, in order. */
  readonly chunkSizes: number[] = [];
  pings = 0;
  pongs = 0;
  closeCode: number | undefined;
  readonly #parser = new WebSocketFrameParser({ maxPayloadBytes: 1 << 20, masked: false });
  #upgraded = false;

  constructor(port: number, path: string, socket?: Socket) {
    super(port, getRequest(path, UPGRADE), socket);
  }

  protected override onBytes(bytes: Uint8Array): void {
    if (this.#upgraded) {
      this.#read(bytes);
      // The head is enough to remember.
      this.received = this.received.subarray(0, 1_024);
    } else if (this.status === 101 && this.received.includes("\r\n\r\n")) {
      this.#upgraded = true;
      this.#read(this.body);
    }
  }

  #read(bytes: Uint8Array): void {
    for (const frame of this.#parser.push(bytes)) this.#take(frame);
  }

  #take({ opcode, payload }: WebSocketFrame): void {
    if (opcode === OPCODE.ping) this.pings += 1;
    if (opcode === OPCODE.pong) this.pongs += 1;
    if (opcode === OPCODE.close) this.closeCode = (payload[0]! << 8) | payload[1]!;
    if (opcode === OPCODE.text) {
      const event = decodeRoomEvent(new TextDecoder().decode(payload));
      if (event !== undefined) this.events.push(event);
    }
    if (opcode === OPCODE.binary) {
      const frames = decodeChunk(payload);
      this.chunkSizes.push(frames.length);
      this.frames.push(...frames);
    }
  }

  get numbers(): number[] {
    return this.frames.map((frame) => frame.number);
  }

  /** Events of one kind, in order. */
  of<T extends RoomEvent["type"]>(type: T): Extract<RoomEvent, { type: T }>[] {
    return this.events.filter((event) => event.type === type) as Extract<RoomEvent, { type: T }>[];
  }

  async untilFrame(number: number): Promise<void> {
    await this.until(() => (this.frames.at(-1)?.number ?? -1) >= number, `frame ${number}`);
  }

  async untilEvent(type: RoomEvent["type"]): Promise<void> {
    await this.until(() => this.of(type).length > 0, `event ${type}`);
  }

  say(opcode: Opcode, payload: Uint8Array): void {
    this.socket.write(encodeClientFrame(opcode, payload, Uint8Array.of(9, 8, 7, 6)));
  }
}

/** The numbers from `from` to `to`: what a listener should have, with none missing or double. */
export function everyNumber(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}
