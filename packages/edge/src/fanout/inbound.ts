import {
  asListenerMessage,
  CLOSE,
  encodeCloseFrame,
  encodeServerFrame,
  isObject,
  LIMITS,
  type ListenerMessage,
  OPCODE,
  type WebSocketFrame,
  WebSocketFrameParser,
  WireError,
} from "@rostra/wire";
import { BOUNDS } from "../bounds.ts";

/** What to do about something that a listener sent. */
export type InboundStep =
  /** The listener says something that concerns the room. */
  | { readonly kind: "say"; readonly message: ListenerMessage }
  | { readonly kind: "write"; readonly bytes: Uint8Array }
  /** Write these last bytes and end. `leaves`: it goes because it wants to. */
  | { readonly kind: "end"; readonly bytes: Uint8Array; readonly leaves?: true };

/**
 * What a WebSocket listener says, judged: pings are answered, a close is returned, JSON objects are
 * messages to the room, or read over where this version doesn't know them; anything else ends it.
 */
export class Inbound {
  #parser: WebSocketFrameParser | undefined;
  #messages = 0;
  #windowFromMs = 0;
  #ended = false;

  /** @returns what to do, in order; nothing any more once it has ended */
  push(bytes: Uint8Array, nowMs: number): InboundStep[] {
    if (this.#ended) return [];
    // Made at the first byte: most listeners never say anything.
    this.#parser ??= new WebSocketFrameParser({
      maxPayloadBytes: LIMITS.listenerMessageBytes,
      masked: true,
    });
    const steps: InboundStep[] = [];
    try {
      for (const frame of this.#parser.push(bytes)) {
        const step = this.#isTooMany(nowMs) ? TOO_MANY : judge(frame);
        if (step !== undefined) steps.push(step);
        if (step?.kind === "end") break;
      }
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      const code = error.code === "too-large" ? CLOSE.messageTooBig : CLOSE.protocolError;
      steps.push(end(code, error.message));
    }
    this.#ended = steps.at(-1)?.kind === "end";
    return steps;
  }

  #isTooMany(nowMs: number): boolean {
    if (nowMs - this.#windowFromMs >= BOUNDS.pingMs) {
      this.#windowFromMs = nowMs;
      this.#messages = 0;
    }
    this.#messages += 1;
    return this.#messages > BOUNDS.inboundMessages;
  }
}

function end(code: number, reason: string): Extract<InboundStep, { kind: "end" }> {
  return { kind: "end", bytes: encodeCloseFrame(code, reason) };
}

const TOO_MANY = end(CLOSE.policyViolation, "too many messages");

/** @returns undefined for what needs no answer */
function judge(frame: WebSocketFrame): InboundStep | undefined {
  switch (frame.opcode) {
    case OPCODE.ping:
      return { kind: "write", bytes: encodeServerFrame(OPCODE.pong, frame.payload) };
    case OPCODE.pong:
      return undefined;
    case OPCODE.close:
      return closeReply(frame.payload);
    case OPCODE.binary:
      return end(CLOSE.unsupportedData, "listeners send no binary messages");
    case OPCODE.text:
      return judgeText(frame.payload);
  }
}

/** Echoes the peer's code (RFC 6455, section 5.5.1), or names what is wrong with it. */
function closeReply(payload: Uint8Array): InboundStep {
  if (payload.length === 0) return end(CLOSE.normal, "");
  const code = payload.length === 1 ? 0 : (payload[0]! << 8) | payload[1]!;
  // RFC 6455, section 7.4: some codes only stand for what happened, they are never sent.
  const mayBeSent =
    (code >= 1000 && code < 1015 && ![1004, 1005, 1006].includes(code)) ||
    (code >= 3000 && code < 5000);
  if (!mayBeSent) return end(CLOSE.protocolError, "a close code that can't be sent");
  // Who closes a page says 1001; who gives up a link that has fallen silent gives no reason.
  const leaves = code === CLOSE.normal || code === CLOSE.goingAway;
  return { ...end(code, ""), ...(leaves && { leaves }) };
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });
const NO_OBJECT = end(CLOSE.unsupportedData, "messages are JSON objects");

function judgeText(payload: Uint8Array): InboundStep | undefined {
  let value: unknown;
  try {
    value = JSON.parse(UTF8.decode(payload));
  } catch {
    return NO_OBJECT;
  }
  if (!isObject(value)) return NO_OBJECT;
  const message = asListenerMessage(value);
  return message === undefined ? undefined : { kind: "say", message };
}
