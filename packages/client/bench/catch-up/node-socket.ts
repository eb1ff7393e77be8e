import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import {
  encodeClientFrame,
  OPCODE,
  WEBSOCKET_SUBPROTOCOL,
  type WebSocketFrame,
  WebSocketFrameParser,
  WireError,
} from "@rostra/wire";
import type { OpenSocket, SocketEvents } from "../../src/listener/connection/socket.ts";

const HEAD_END = Buffer.from("\r\n\r\n");
const MAX_HEAD_BYTES = 16_384;
const MAX_MESSAGE_BYTES = 1_048_576;
const BROKEN = 1006;
const MASK = Uint8Array.of(1, 2, 3, 4);

/** A WebSocket over a bare TCP connection: thousands of them fit one process. */
export function openNodeSocket(localAddress: string): OpenSocket {
  return (url, events) => new NodeSocket(new URL(url), localAddress, events);
}

class NodeSocket {
  readonly #socket;
  readonly #events: SocketEvents;
  readonly #parser = new WebSocketFrameParser({
    maxPayloadBytes: MAX_MESSAGE_BYTES,
    masked: false,
  });
  #head: Buffer | undefined = Buffer.alloc(0);
  #code = BROKEN;
  #closed = false;

  constructor(url: URL, localAddress: string, events: SocketEvents) {
    this.#events = events;
    const port = Number(url.port);
    this.#socket = connect({ host: url.hostname, port, localAddress, noDelay: true });
    this.#socket.on("connect", () => this.#socket.write(handshake(url)));
    this.#socket.on("data", (bytes: Buffer) => this.#take(bytes));
    // Its end follows, and is what counts.
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => {
      if (!this.#closed) this.#events.closed(this.#code);
    });
  }

  send(message: string): void {
    if (this.#head !== undefined) return;
    this.#socket.write(encodeClientFrame(OPCODE.text, Buffer.from(message), MASK));
  }

  close(): void {
    this.#closed = true;
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    try {
      const rest = this.#head === undefined ? bytes : this.#afterHead(this.#head, bytes);
      if (rest === undefined) return;
      for (const frame of this.#parser.push(rest)) {
        if (!this.#closed) this.#hand(frame);
      }
    } catch {
      this.#socket.destroy();
    }
  }

  /** @returns what came after the handshake's answer; undefined while that isn't whole */
  #afterHead(before: Buffer, bytes: Buffer): Buffer | undefined {
    const head = Buffer.concat([before, bytes]);
    const end = head.indexOf(HEAD_END);
    if (end === -1) {
      if (head.length > MAX_HEAD_BYTES) throw new WireError("too-large", "an endless answer");
      this.#head = head;
      return undefined;
    }
    if (!head.toString("latin1", 0, end).startsWith("HTTP/1.1 101")) {
      throw new WireError("bad-websocket", "the handshake was refused");
    }
    this.#head = undefined;
    return head.subarray(end + HEAD_END.length);
  }

  #hand({ opcode, payload }: WebSocketFrame): void {
    if (opcode === OPCODE.binary) this.#events.bytes(payload);
    else if (opcode === OPCODE.text) this.#events.text(Buffer.from(payload).toString());
    else if (opcode === OPCODE.ping) {
      this.#socket.write(encodeClientFrame(OPCODE.pong, payload, MASK));
    } else if (opcode === OPCODE.close) {
      if (payload.length >= 2) this.#code = payload[0]! * 256 + payload[1]!;
      this.#socket.end();
    }
  }
}

function handshake({ host, pathname, search }: URL): string {
  return [
    `GET ${pathname}${search} HTTP/1.1`,
    `Host: ${host}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
    `Sec-WebSocket-Protocol: ${WEBSOCKET_SUBPROTOCOL}`,
    "\r\n",
  ].join("\r\n");
}
