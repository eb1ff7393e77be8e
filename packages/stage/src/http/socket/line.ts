import type { Socket } from "node:net";
import {
  type Cancel,
  CLOSE,
  type Clock,
  encodeCloseFrame,
  encodeServerFrame,
  LIMITS,
  OPCODE,
  WebSocketFrameParser,
  WireError,
} from "@rostra/wire";
import { Lag } from "./lag.ts";
import { Rate } from "./rate.ts";

export interface LineHandlers {
  text(message: string): void;
  binary(message: Uint8Array): void;
  /** Called once, whoever ended it. */
  closed(): void;
}

/** How often the other end is asked how far it is; then ten seconds without an answer is the end. */
const PING_EVERY_MS = 1_000;
const SILENT_MS = 10_000;
/** What waits here beyond this belongs to somebody who doesn't read any more. */
const MAX_BACKLOG_BYTES = 65_536;
/** For a goodbye to be read. */
const FAREWELL_MS = 1_000;
/** Packets of 10 ms would be 100 a second; a stall lets some seconds of them come at once. */
const BINARY = { burst: 600, perSecond: 120 };
const TEXT = { burst: 40, perSecond: 20 };
/** Empty ones, too, cost something. */
const CONTROL = { burst: 60, perSecond: 30 };

/**
 * One WebSocket on a bare socket, both ends of it bounded: message size and rate coming in, what
 * waits going out. Owns the socket.
 */
export class SocketLine {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #handlers: LineHandlers;
  readonly #parser = new WebSocketFrameParser({
    maxPayloadBytes: LIMITS.stageMessageBytes,
    masked: true,
  });
  readonly #lag = new Lag();
  readonly #binaryRate = new Rate(BINARY.burst, BINARY.perSecond);
  readonly #textRate = new Rate(TEXT.burst, TEXT.perSecond);
  readonly #controlRate = new Rate(CONTROL.burst, CONTROL.perSecond);
  #pingEveryMs = PING_EVERY_MS;
  #cancelPing: Cancel = () => {};
  #cancelFarewell: Cancel = () => {};
  #isClosing = false;

  /** @param head the handshake's answer; @param first what the client sent behind its request */
  constructor(
    socket: Socket,
    clock: Clock,
    handlers: LineHandlers,
    { head, first }: { head: string; first: Uint8Array },
  ) {
    this.#socket = socket;
    this.#clock = clock;
    this.#handlers = handlers;
    socket.setTimeout(0);
    socket.setNoDelay(true);
    // An error is always followed by "close".
    socket.on("error", () => {});
    socket.on("end", () => socket.destroySoon());
    socket.on("data", (bytes: Buffer) => this.#receive(bytes));
    socket.on("close", () => this.#onClosed());
    socket.write(head);
    this.#pingLater();
    if (first.length > 0) this.#receive(first);
    socket.resume();
  }

  /** How much of what was sent hasn't reached the other end, in ms of time. */
  get behindMs(): number {
    return this.#lag.behindMs(this.#clock.nowMs());
  }

  /** From now on the other end is asked more often: sound is late sooner than words are. */
  askEvery(ms: number): void {
    this.#pingEveryMs = ms;
    this.#pingLater();
  }

  /** @param frame a whole WebSocket frame, which may be shared with other sockets */
  send(frame: Uint8Array): void {
    if (this.#isClosing || this.#socket.destroyed) return;
    if (this.#socket.writableLength + frame.length > MAX_BACKLOG_BYTES) this.#socket.destroy();
    else this.#socket.write(frame);
  }

  /** @param code of the close frame; @param reason at most 123 bytes */
  close(code: number, reason: string): void {
    if (this.#isClosing || this.#socket.destroyed) return;
    this.send(encodeCloseFrame(code, reason));
    this.#isClosing = true;
    this.#cancelPing();
    this.#socket.end();
    this.#cancelFarewell = this.#clock.after(FAREWELL_MS, () => this.#socket.destroy());
  }

  #onClosed(): void {
    this.#isClosing = true;
    this.#cancelPing();
    this.#cancelFarewell();
    this.#handlers.closed();
  }

  #receive(bytes: Uint8Array): void {
    if (this.#isClosing) return;
    try {
      for (const { opcode, payload } of this.#parser.push(bytes)) {
        if (this.#isClosing) return;
        this.#take(opcode, payload);
      }
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      const code = error.code === "too-large" ? CLOSE.messageTooBig : CLOSE.protocolError;
      this.close(code, error.message);
    }
  }

  #take(opcode: number, payload: Uint8Array): void {
    const nowMs = this.#clock.nowMs();
    if (!this.#rateOf(opcode).take(nowMs)) {
      this.close(CLOSE.policyViolation, "too many messages");
      return;
    }
    switch (opcode) {
      case OPCODE.text:
        this.#handlers.text(new TextDecoder().decode(payload));
        return;
      case OPCODE.binary:
        this.#handlers.binary(payload);
        return;
      case OPCODE.ping:
        this.send(encodeServerFrame(OPCODE.pong, payload));
        return;
      case OPCODE.pong:
        if (payload.length === 4) {
          const { buffer, byteOffset } = payload;
          this.#lag.pong(new DataView(buffer, byteOffset, 4).getUint32(0), nowMs);
        }
        return;
      default:
        this.close(CLOSE.normal, "");
    }
  }

  #rateOf(opcode: number): Rate {
    if (opcode === OPCODE.binary) return this.#binaryRate;
    return opcode === OPCODE.text ? this.#textRate : this.#controlRate;
  }

  #pingLater(): void {
    this.#cancelPing();
    this.#cancelPing = this.#clock.after(this.#pingEveryMs, () => this.#ping());
  }

  #ping(): void {
    const nowMs = this.#clock.nowMs();
    if (this.#lag.waitingMs(nowMs) > SILENT_MS) {
      this.close(CLOSE.tooSlow, "nothing was read for ten seconds");
      return;
    }
    const number = this.#lag.ping(nowMs);
    if (number !== undefined) {
      const payload = new Uint8Array(4);
      new DataView(payload.buffer).setUint32(0, number);
      this.send(encodeServerFrame(OPCODE.ping, payload));
    }
    this.#pingLater();
  }
}
