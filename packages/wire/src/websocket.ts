import { WireError } from "./errors.ts";

/** WebSocket framing (RFC 6455, section 5): what an edge writes once and shares with a crowd. */

export const WEBSOCKET_SUBPROTOCOL = "rostra.live.v1";
/** Appended to the client's key in the handshake (RFC 6455, section 1.3). */
export const WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

export const OPCODE = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
export type Opcode = (typeof OPCODE)[keyof typeof OPCODE];

/** Close codes that Rostra uses (RFC 6455, section 7.4; 4000 and up are ours). */
export const CLOSE = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  unsupportedData: 1003,
  policyViolation: 1008,
  messageTooBig: 1009,
  tryAgainLater: 1013,
  ended: 4000,
  tooSlow: 4001,
} as const;

export interface WebSocketFrame {
  readonly opcode: Opcode;
  readonly payload: Uint8Array;
}

/** An unmasked, final frame, as a server sends it. */
export function encodeServerFrame(opcode: Opcode, payload: Uint8Array): Uint8Array {
  const length = payload.length;
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const frame = new Uint8Array(2 + extended + length);
  frame[0] = 0x80 | opcode;
  if (extended === 0) {
    frame[1] = length;
  } else {
    const view = new DataView(frame.buffer);
    frame[1] = extended === 2 ? 126 : 127;
    if (extended === 2) view.setUint16(2, length);
    else view.setUint32(6, length);
  }
  frame.set(payload, 2 + extended);
  return frame;
}

export function encodeTextFrame(text: string): Uint8Array {
  return encodeServerFrame(OPCODE.text, new TextEncoder().encode(text));
}

/** @param reason at most 123 bytes of UTF-8 */
export function encodeCloseFrame(code: number, reason: string): Uint8Array {
  const text = new TextEncoder().encode(reason).subarray(0, 123);
  const payload = new Uint8Array(2 + text.length);
  new DataView(payload.buffer).setUint16(0, code);
  payload.set(text, 2);
  return encodeServerFrame(OPCODE.close, payload);
}

/** A masked, final frame, as a client must send it. For clients that own their socket. */
export function encodeClientFrame(
  opcode: Opcode,
  payload: Uint8Array,
  mask: Uint8Array,
): Uint8Array {
  const plain = encodeServerFrame(opcode, payload);
  const headBytes = plain.length - payload.length;
  const frame = new Uint8Array(plain.length + 4);
  frame.set(plain.subarray(0, headBytes));
  frame[1]! |= 0x80;
  frame.set(mask.subarray(0, 4), headBytes);
  for (let i = 0; i < payload.length; i += 1) frame[headBytes + 4 + i] = payload[i]! ^ mask[i & 3]!;
  return frame;
}

/**
 * Takes apart what one peer sends. Holds at most one unfinished frame of `maxPayloadBytes`, so a
 * peer that sends garbage costs a bounded amount of memory. Fragmented messages are refused: all
 * that is said in either direction of Rostra's protocol fits one frame.
 */
export class WebSocketFrameParser {
  readonly #maxPayloadBytes: number;
  readonly #masked: boolean;
  #pending = new Uint8Array(0);

  /** @param masked true on a server: clients must mask, servers must not */
  constructor(options: { maxPayloadBytes: number; masked: boolean }) {
    this.#maxPayloadBytes = options.maxPayloadBytes;
    this.#masked = options.masked;
  }

  /**
   * @returns the frames completed by `bytes`; payloads are copies
   * @throws {WireError} `bad-websocket`, `too-large`; the connection can't go on after either
   */
  push(bytes: Uint8Array): WebSocketFrame[] {
    let data = bytes;
    if (this.#pending.length > 0) {
      data = new Uint8Array(this.#pending.length + bytes.length);
      data.set(this.#pending);
      data.set(bytes, this.#pending.length);
    }
    const frames: WebSocketFrame[] = [];
    let offset = 0;
    for (;;) {
      const step = this.#frameAt(data, offset);
      if (step === undefined) break;
      frames.push(step.frame);
      offset = step.next;
    }
    // Not slice(): what Node hands us are Buffers, and theirs gives views.
    this.#pending = new Uint8Array(data.subarray(offset));
    return frames;
  }

  #frameAt(data: Uint8Array, offset: number): { frame: WebSocketFrame; next: number } | undefined {
    if (data.length - offset < 2) return undefined;
    const first = data[offset]!;
    const second = data[offset + 1]!;
    const opcode = first & 0x0f;
    if ((first & 0x70) !== 0) throw new WireError("bad-websocket", "reserved bits are set");
    if ((first & 0x80) === 0)
      throw new WireError("bad-websocket", "fragmented messages are not taken");
    if (!isOpcode(opcode)) throw new WireError("bad-websocket", `unknown opcode ${opcode}`);
    if (((second & 0x80) !== 0) !== this.#masked) {
      throw new WireError("bad-websocket", this.#masked ? "frames must be masked" : "masked frame");
    }
    let length = second & 0x7f;
    let at = offset + 2;
    if (opcode >= OPCODE.close && length > 125) {
      throw new WireError("bad-websocket", "control frames carry at most 125 bytes");
    }
    if (length >= 126) {
      const extended = length === 126 ? 2 : 8;
      if (data.length - at < extended) return undefined;
      const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
      length =
        extended === 2 ? view.getUint16(at) : view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4);
      at += extended;
    }
    if (length > this.#maxPayloadBytes) {
      throw new WireError("too-large", `messages carry at most ${this.#maxPayloadBytes} bytes`);
    }
    const maskAt = at;
    if (this.#masked) at += 4;
    if (data.length < at + length) return undefined;
    const payload = new Uint8Array(data.subarray(at, at + length));
    if (this.#masked) for (let i = 0; i < length; i += 1) payload[i]! ^= data[maskAt + (i & 3)]!;
    return { frame: { opcode, payload }, next: at + length };
  }
}

function isOpcode(value: number): value is Opcode {
  return value === 1 || value === 2 || value === 8 || value === 9 || value === 10;
}
