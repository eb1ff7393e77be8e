import {
  CLOSE,
  encodeClientFrame,
  isListenTier,
  OPCODE,
  type RoomEvent,
  WEBSOCKET_SUBPROTOCOL,
} from "@rostra/wire";
import type { Dialogue, DialogueEvents, DialogueOptions } from "./dialogue.ts";
import { MASK } from "./heard-answer.ts";
import { HeadReader, requestHead, upgradedAt, withQuery } from "./http-head.ts";
import { RefusalReader } from "./refusal-reader.ts";
import { type MeterEvents, WebSocketMeter } from "./websocket-meter.ts";

/** Any 16 bytes do (RFC 6455, section 4.1); the answer to them is the edge's tests' business. */
const KEY = "cm9zdHJhLWNyb3dkLWtleQ==";
const UPGRADE = [
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Version: 13",
  `Sec-WebSocket-Key: ${KEY}`,
  `Sec-WebSocket-Protocol: ${WEBSOCKET_SUBPROTOCOL}`,
  "",
].join("\r\n");
const NO_GOODBYE_MS = 0;

/** `rostra.live.v1`, as docs/protocol/live-v1.md has it. */
export class WebSocketDialogue implements Dialogue, MeterEvents {
  readonly opening: string;
  readonly #events: DialogueEvents;
  readonly #meter: WebSocketMeter;
  #head: HeadReader | undefined;
  #upgraded = false;
  #refusal: RefusalReader | undefined;
  #bye: { readonly reason: string; readonly retryAfterMs: number | null } | undefined;

  constructor(options: DialogueOptions) {
    const { authority, livePath, hop, from, cadence, events, decodes, isSecond, isStandby } =
      options;
    const second = isSecond === true ? 1 : undefined;
    const standby = isStandby === true ? 1 : undefined;
    const path = withQuery(livePath, {
      from,
      cadence,
      hop: hop || undefined,
      second,
      standby,
    });
    this.opening = requestHead(path, authority, UPGRADE);
    this.#events = events;
    this.#meter = new WebSocketMeter(this, decodes);
  }

  push(bytes: Buffer, end: number): void {
    let from = 0;
    if (this.#refusal !== undefined) {
      this.#refuse(this.#refusal, bytes, 0, end);
      return;
    }
    if (!this.#upgraded && this.#head === undefined) {
      from = Math.max(0, upgradedAt(bytes, end));
      this.#upgraded = from > 0;
    }
    if (!this.#upgraded) {
      this.#head ??= new HeadReader();
      const read = this.#head.push(bytes, 0, end);
      if (read === undefined) return;
      if (read.head.status !== 101) {
        this.#refusal = new RefusalReader(read.head);
        this.#refuse(this.#refusal, bytes, read.bodyAt, end);
        return;
      }
      [this.#head, this.#upgraded] = [undefined, true];
      from = read.bodyAt;
    }
    this.#meter.push(bytes, from, end);
  }

  #refuse(reader: RefusalReader, bytes: Buffer, from: number, end: number): void {
    const refusal = reader.push(bytes, from, end);
    if (refusal !== undefined) this.#events.refused(refusal);
  }

  sound(first: number, count: number, isHolding: boolean): void {
    this.#events.sound(first, count, isHolding);
  }

  packets(first: number, packets: readonly Uint8Array[]): void {
    this.#events.packets(first, packets);
  }

  welcome(serverTimeMs: number, cadenceMs: number): void {
    this.#events.serverTime(serverTimeMs);
    this.#events.cadence(cadenceMs, 0);
  }

  roomEvent(event: RoomEvent): void {
    if (event.type === "ask-heard") this.#events.askHeard(event.share);
    if (event.type === "cadence") this.#events.cadence(event.cadenceMs, event.fromFrame);
    if (event.type === "standby") this.#events.standby();
    if (event.type === "move") this.#events.move(event.tiers.filter(isListenTier));
    if (event.type === "bye") this.#bye = event;
  }

  ping(payload: Uint8Array): void {
    this.#events.send(encodeClientFrame(OPCODE.pong, payload, MASK));
  }

  close(code: number | undefined): void {
    const name = code === undefined ? "close without a code" : `close ${code}`;
    const reason = this.#bye === undefined ? name : `${name}, bye ${this.#bye.reason}`;
    const forGood = code === CLOSE.ended || this.#bye?.retryAfterMs === null;
    const retryAfterMs = forGood ? null : (this.#bye?.retryAfterMs ?? NO_GOODBYE_MS);
    this.#events.goodbye(reason, retryAfterMs);
  }
}
