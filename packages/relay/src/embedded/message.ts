import {
  ByteReader,
  ByteWriter,
  decodeRelayChunks,
  encodeRelayChunks,
  type FrameSource,
  isObject,
  LIMITS,
  type ProgramFrame,
  parseSpaceId,
  type SpaceId,
} from "@rostra/wire";
import { RelayError } from "../errors.ts";
import type { StateValue } from "../relay.ts";

/**
 * What is said between the hub and the processes of one machine. Each message is `u32 length`,
 * `u8 kind`, then its fields, big-endian; a space id is 16 ASCII bytes; frames are relay
 * chunks, which carry both renditions; a source is `u32 term, u8 second`.
 */
export type RelayMessage =
  | { readonly kind: "frames"; readonly spaceId: SpaceId; readonly frames: readonly ProgramFrame[] }
  | {
      readonly kind: "state";
      readonly key: string;
      readonly value: StateValue | undefined;
      readonly ephemeral: boolean;
    }
  | { readonly kind: "follow"; readonly spaceId: SpaceId }
  | { readonly kind: "unfollow"; readonly spaceId: SpaceId }
  | {
      readonly kind: "history-request";
      readonly request: number;
      readonly spaceId: SpaceId;
      readonly from: number;
      readonly to: number;
    }
  | { readonly kind: "history"; readonly request: number; readonly frames: readonly ProgramFrame[] }
  | { readonly kind: "latest-request"; readonly request: number; readonly spaceId: SpaceId }
  | { readonly kind: "latest"; readonly request: number; readonly number: number | undefined }
  | { readonly kind: "flush-request"; readonly request: number }
  | { readonly kind: "flushed"; readonly request: number }
  | { readonly kind: "synced" }
  /** Frames may wait for others: see `Relay.gatherFrames`. */
  | { readonly kind: "gather"; readonly withinMs: number; readonly phase: number }
  /** To those alone who hear of the topic. */
  | { readonly kind: "tell"; readonly topic: string; readonly value: StateValue }
  | { readonly kind: "hear"; readonly topic: string }
  | { readonly kind: "unhear"; readonly topic: string }
  /** As `frames`, of which those of the only stage of term 0 are. */
  | {
      readonly kind: "frames-of";
      readonly spaceId: SpaceId;
      readonly source: FrameSource;
      readonly frames: readonly ProgramFrame[];
    };

const KINDS = [
  "frames",
  "state",
  "follow",
  "history-request",
  "history",
  "latest-request",
  "latest",
  "flush-request",
  "flushed",
  "synced",
  "frames-of",
  "unfollow",
  "gather",
  "tell",
  "hear",
  "unhear",
] as const satisfies readonly RelayMessage["kind"][];

const HEAD_BYTES = 5;
const ID_BYTES = 16;
const utf8 = new TextEncoder();
const text = new TextDecoder("utf-8", { fatal: true });

/** The whole message, length included. */
export function encodeRelayMessage(message: RelayMessage): Uint8Array {
  const body = encodeBody(message);
  const size = body.reduce((sum, part) => sum + part.length, 0);
  const writer = new ByteWriter(HEAD_BYTES + size).u32(1 + size).u8(KINDS.indexOf(message.kind));
  for (const part of body) writer.raw(part);
  return writer.bytes;
}

function encodeBody(message: RelayMessage): Uint8Array[] {
  switch (message.kind) {
    case "frames":
      return [utf8.encode(message.spaceId), ...encodeRelayChunks(message.frames)];
    case "frames-of": {
      const { term, second } = message.source;
      const source = new ByteWriter(5).u32(term).u8(second ? 1 : 0).bytes;
      return [utf8.encode(message.spaceId), source, ...encodeRelayChunks(message.frames)];
    }
    case "state": {
      const { key, value, ephemeral } = message;
      return [utf8.encode(JSON.stringify({ key, value, ephemeral }))];
    }
    case "tell":
      return [utf8.encode(JSON.stringify({ topic: message.topic, value: message.value }))];
    case "hear":
    case "unhear":
      return [utf8.encode(message.topic)];
    case "history-request": {
      const range = new ByteWriter(16).u64(message.from).u64(message.to).bytes;
      return [u32(message.request), utf8.encode(message.spaceId), range];
    }
    case "history":
      return [u32(message.request), ...encodeRelayChunks(message.frames)];
    case "latest-request":
      return [u32(message.request), utf8.encode(message.spaceId)];
    case "latest":
      return message.number === undefined
        ? [u32(message.request)]
        : [u32(message.request), new ByteWriter(8).u64(message.number).bytes];
    case "flush-request":
    case "flushed":
      return [u32(message.request)];
    case "follow":
    case "unfollow":
      return [utf8.encode(message.spaceId)];
    case "gather":
      return [u32(message.withinMs), u32(message.phase)];
    case "synced":
      return [];
  }
}

function u32(value: number): Uint8Array {
  return new ByteWriter(4).u32(value).bytes;
}

function decodeBody(kind: RelayMessage["kind"], body: Uint8Array): RelayMessage {
  const reader = new ByteReader(body, "bad-message");
  switch (kind) {
    case "frames": {
      const spaceId = readSpaceId(reader);
      return { kind, spaceId, frames: decodeRelayChunks(reader.raw(reader.remaining)) };
    }
    case "frames-of": {
      const spaceId = readSpaceId(reader);
      const source = { term: reader.u32(), second: reader.u8() === 1 };
      return { kind, spaceId, source, frames: decodeRelayChunks(reader.raw(reader.remaining)) };
    }
    case "state": {
      const value: unknown = JSON.parse(text.decode(body));
      if (!isObject(value) || typeof value["key"] !== "string") {
        throw new RelayError("bad-message", "a state message needs a key");
      }
      return {
        kind,
        key: value["key"],
        value: value["value"],
        ephemeral: value["ephemeral"] === true,
      };
    }
    case "tell": {
      const value: unknown = JSON.parse(text.decode(body));
      if (!isObject(value) || typeof value["topic"] !== "string") {
        throw new RelayError("bad-message", "what is told needs a topic");
      }
      return { kind, topic: value["topic"], value: value["value"] };
    }
    case "hear":
    case "unhear":
      return { kind, topic: text.decode(body) };
    case "history-request":
      return {
        kind,
        request: reader.u32(),
        spaceId: readSpaceId(reader),
        from: reader.u64(),
        to: reader.u64(),
      };
    case "history":
      return {
        kind,
        request: reader.u32(),
        frames: decodeRelayChunks(reader.raw(reader.remaining)),
      };
    case "latest-request":
      return { kind, request: reader.u32(), spaceId: readSpaceId(reader) };
    case "latest": {
      const request = reader.u32();
      return { kind, request, number: reader.remaining > 0 ? reader.u64() : undefined };
    }
    case "flush-request":
    case "flushed":
      return { kind, request: reader.u32() };
    case "follow":
    case "unfollow":
      return { kind, spaceId: readSpaceId(reader) };
    case "gather":
      return { kind, withinMs: reader.u32(), phase: reader.u32() };
    case "synced":
      return { kind };
  }
}

function readSpaceId(reader: ByteReader): SpaceId {
  return parseSpaceId(text.decode(reader.raw(ID_BYTES)));
}

/** Cuts a byte stream into messages. Holds at most one unfinished message. */
export class RelayMessageParser {
  #pending: Uint8Array = new Uint8Array(0);

  /**
   * @returns the messages completed by `bytes`
   * @throws {RelayError} `bad-message`; the connection can't go on after it
   */
  push(bytes: Uint8Array): RelayMessage[] {
    const data = joined(this.#pending, bytes);
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    const messages: RelayMessage[] = [];
    let at = 0;
    while (data.length - at >= HEAD_BYTES) {
      const length = view.getUint32(at);
      const kind = KINDS[view.getUint8(at + 4)];
      if (length < 1 || length > LIMITS.relayMessageBytes || kind === undefined) {
        throw new RelayError("bad-message", "not a relay message");
      }
      const end = at + 4 + length;
      if (data.length < end) break;
      messages.push(decodeWhole(kind, data.subarray(at + HEAD_BYTES, end)));
      at = end;
    }
    // A copy, so that a few bytes of the next message don't keep this whole read alive.
    this.#pending = data.slice(at);
    return messages;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return new Uint8Array(second.buffer, second.byteOffset, second.length);
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

function decodeWhole(kind: RelayMessage["kind"], body: Uint8Array): RelayMessage {
  try {
    return decodeBody(kind, body);
  } catch (cause) {
    if (cause instanceof RelayError) throw cause;
    throw new RelayError("bad-message", `bad '${kind}' message`, { cause });
  }
}
