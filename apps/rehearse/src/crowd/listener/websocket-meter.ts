import {
  CHUNK_KIND,
  decodeChunk,
  decodeRoomEvent,
  OPCODE,
  type Opcode,
  type RoomEvent,
  WireError,
} from "@rostra/wire";

/** What comes out of a listener's WebSocket. */
export interface MeterEvents {
  /** @param isHolding whether it begins with holding sound */
  sound(first: number, count: number, isHolding: boolean): void;
  packets(first: number, packets: readonly Uint8Array[]): void;
  /** Of the first event: the edge's clock, ms since 1970, and how long chunks are, ms. */
  welcome(serverTimeMs: number, cadenceMs: number): void;
  /** Any other one. */
  roomEvent(event: RoomEvent): void;
  ping(payload: Uint8Array): void;
  /** @param code undefined where the server gave none */
  close(code: number | undefined): void;
}

/** Kind, first and count of a chunk, and the first frame's head: all that is looked at of its bytes. */
const CHUNK_HEAD_BYTES = 13;
const HOLDING_AT = 11;
const HOLDING_BIT = 0x80;
/** The largest message that is held until it is whole. */
const MAX_HELD_BYTES = 1 << 20;

/**
 * Reads a server's WebSocket frames as they lie in a shared buffer: of a chunk only its head, with
 * no copy and no allocation; a frame that is cut by the end of a read is held until the rest is
 * there. What a crowd costs its machine is mostly this.
 */
export class WebSocketMeter {
  readonly #events: MeterEvents;
  readonly #wholeChunks: boolean;
  /** Bytes of the current frame that nobody wants. */
  #skip = 0;
  #held: Buffer | undefined;

  /** @param wholeChunks give packets as well as numbers */
  constructor(events: MeterEvents, wholeChunks: boolean) {
    this.#events = events;
    this.#wholeChunks = wholeChunks;
  }

  /** @throws {WireError} `bad-websocket`, `bad-chunk`, `bad-event`, `too-large` */
  push(bytes: Buffer, from: number, end: number): void {
    let [data, at, to] = [bytes, from, end];
    if (this.#held !== undefined) {
      data = Buffer.concat([this.#held, bytes.subarray(from, end)]);
      [at, to] = [0, data.length];
      this.#held = undefined;
    }
    while (at < to) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, to - at);
        this.#skip -= step;
        at += step;
        continue;
      }
      const next = this.#frame(data, at, to);
      if (next === -1) {
        if (to - at > MAX_HELD_BYTES) throw new WireError("too-large", "an endless message");
        this.#held = Buffer.from(data.subarray(at, to));
        return;
      }
      at = next;
    }
  }

  /** @returns where to go on; -1 where too little is there */
  #frame(data: Buffer, at: number, to: number): number {
    if (to - at < 2) return -1;
    const first = data[at]!;
    if ((first & 0xf0) !== 0x80) throw new WireError("bad-websocket", "fragments or reserved bits");
    let length = data[at + 1]!;
    if (length > 127) throw new WireError("bad-websocket", "a server's frames are not masked");
    let payloadAt = at + 2;
    if (length >= 126) {
      const extended = length === 126 ? 2 : 8;
      if (to - payloadAt < extended) return -1;
      length =
        extended === 2
          ? data.readUInt16BE(payloadAt)
          : data.readUInt32BE(payloadAt) * 2 ** 32 + data.readUInt32BE(payloadAt + 4);
      payloadAt += extended;
    }
    const opcode = first & 0x0f;
    if (opcode === OPCODE.binary && !this.#wholeChunks) {
      if (length < CHUNK_HEAD_BYTES) throw new WireError("bad-chunk", "too short for a chunk");
      if (to - payloadAt < CHUNK_HEAD_BYTES) return -1;
      if (data[payloadAt] === CHUNK_KIND) this.#chunkHead(data, payloadAt);
      this.#skip = payloadAt - at + length;
      return at;
    }
    if (to - payloadAt < length) return -1;
    this.#whole(opcode as Opcode, data, payloadAt, payloadAt + length);
    return payloadAt + length;
  }

  #chunkHead(data: Buffer, at: number): void {
    const first = data.readUInt32BE(at + 1) * 2 ** 32 + data.readUInt32BE(at + 5);
    const isHolding = (data[at + HOLDING_AT]! & HOLDING_BIT) !== 0;
    this.#events.sound(first, data.readUInt16BE(at + 9), isHolding);
  }

  #whole(opcode: Opcode, data: Buffer, from: number, to: number): void {
    switch (opcode) {
      case OPCODE.binary: {
        if (data[from] !== CHUNK_KIND) return;
        const frames = decodeChunk(data.subarray(from, to));
        this.#events.sound(frames[0]!.number, frames.length, frames[0]!.holding);
        this.#events.packets(
          frames[0]!.number,
          frames.map((frame) => frame.packet),
        );
        return;
      }
      case OPCODE.text: {
        if (isWelcome(data, from, to)) {
          const text = data.toString("latin1", from, to);
          this.#events.welcome(figure(text, SERVER_TIME), figure(text, CADENCE));
          return;
        }
        const event = readEvent(data, from, to);
        if (event !== undefined) this.#events.roomEvent(event);
        return;
      }
      case OPCODE.ping:
        this.#events.ping(data.subarray(from, to));
        return;
      case OPCODE.close:
        this.#events.close(to - from >= 2 ? data.readUInt16BE(from) : undefined);
        return;
      case OPCODE.pong:
        return;
      default:
        throw new WireError("bad-websocket", "an unknown opcode");
    }
  }
}

const WELCOME = '{"type":"welcome",';
const SERVER_TIME = '"serverTimeMs":';
const CADENCE = '"cadenceMs":';

function isWelcome(data: Buffer, from: number, to: number): boolean {
  return (
    to - from > WELCOME.length && data.toString("latin1", from, from + WELCOME.length) === WELCOME
  );
}

/**
 * A number of a welcome, which is no two times the same and says far more than is looked at here. Within
 * a text a quote would have a backslash before it, so the name is found nowhere but where it belongs.
 * @throws {WireError} `bad-event` where it isn't there
 */
function figure(text: string, name: string): number {
  const at = text.lastIndexOf(name);
  const value = at === -1 ? Number.NaN : Number.parseFloat(text.slice(at + name.length));
  if (!Number.isFinite(value)) throw new WireError("bad-event", `a welcome without ${name}`);
  return value;
}

// A crowd is told the same thing thousands of times in a row: it's understood once.
let lastText = Buffer.alloc(0);
let lastEvent: RoomEvent | undefined;

function readEvent(data: Buffer, from: number, to: number): RoomEvent | undefined {
  if (lastText.length !== to - from || data.compare(lastText, 0, lastText.length, from, to) !== 0) {
    lastText = Buffer.from(data.subarray(from, to));
    lastEvent = decodeRoomEvent(lastText.toString("utf8"));
  }
  return lastEvent;
}
