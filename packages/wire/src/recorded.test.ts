import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  asListenerMessage,
  decodeChunk,
  decodeRelayChunks,
  decodeRoomEvent,
  decodeStageNews,
  decodeStageRequest,
  isEdgeAudience,
  isEdgeListenerCounts,
  isEdgeLoad,
  isEdgePeople,
  isHandQueue,
  isHoldingLoop,
  isListenAnswer,
  isNotice,
  isReactionCounts,
  isService,
  isSpaceSnapshot,
  isStageActivity,
  isStageTiming,
} from "./index.ts";

// Written by the encoders of the version before this one. Not to be made anew by today's: when a
// version is released, its messages take the place of these.
interface Recorded {
  readonly events: readonly string[];
  readonly state: Readonly<Record<string, unknown>>;
  readonly bytes: Readonly<Record<"chunk" | "relay", string>>;
  readonly news: readonly string[];
  readonly requests: readonly string[];
  readonly says: readonly string[];
}
const path = new URL("../test/recorded/before.json", import.meta.url);
const recorded = JSON.parse(readFileSync(path, "utf8")) as Recorded;

const STATE_CHECKS: Readonly<Record<string, (value: unknown) => boolean>> = {
  space: isSpaceSnapshot,
  activity: isStageActivity,
  timing: isStageTiming,
  hands: isHandQueue,
  notice: isNotice,
  service: isService,
  "edge-load": isEdgeLoad,
  listeners: isEdgeListenerCounts,
  audience: isEdgeAudience,
  people: isEdgePeople,
  reactions: isReactionCounts,
  "holding-loop": isHoldingLoop,
  listen: isListenAnswer,
};
/** Keys of these are names or ids: there are no further ones to read over. */
const OPEN_ENDED = new Set(["listeners", "reactions"]);

/** The same with a field that nobody knows in each object of it, as a later version might have. */
function fromLater(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromLater);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).map(([key, inner]) => {
    const isCounts = key === "counts";
    return [key, isCounts ? inner : fromLater(inner)];
  });
  return { ...Object.fromEntries(fields), ofLater: { kind: "unknown" } };
}

const later = (text: string) => JSON.stringify(fromLater(JSON.parse(text)));
const typeOf = (text: string) => (JSON.parse(text) as { type: string }).type;
const hex = (text: string) => new Uint8Array(Buffer.from(text, "hex"));

describe("messages of the version before", () => {
  it.each(recorded.events.map((text) => [typeOf(text), text]))(
    "room event %s is taken",
    (_, text) => {
      expect(decodeRoomEvent(text)).toEqual(JSON.parse(text));
    },
  );

  it.each(Object.entries(recorded.state))("shared state %s is taken", (kind, value) => {
    expect(STATE_CHECKS[kind]!(value)).toBe(true);
  });

  it("sound is taken, with its thin twin between processes", () => {
    expect(decodeChunk(hex(recorded.bytes.chunk)).map(({ number }) => number)).toEqual([41, 42]);
    expect(decodeRelayChunks(hex(recorded.bytes.relay))).toMatchObject([
      { number: 41, holding: false, thin: Uint8Array.of(0xf0, 9) },
      { number: 42, holding: false, thin: Uint8Array.of(0xf0) },
    ]);
  });

  it("the stage socket and listeners are understood", () => {
    for (const text of recorded.news) expect(decodeStageNews(text)).toEqual(JSON.parse(text));
    for (const text of recorded.requests)
      expect(decodeStageRequest(text)).toEqual(JSON.parse(text));
    for (const text of recorded.says) {
      expect(asListenerMessage(JSON.parse(text))).toEqual(JSON.parse(text));
    }
  });
});

describe("what a later version adds", () => {
  it("is read over where it is a field, however deep", () => {
    for (const text of recorded.events)
      expect(decodeRoomEvent(later(text))?.type).toBe(typeOf(text));
    for (const text of recorded.news) expect(decodeStageNews(later(text))?.type).toBe(typeOf(text));
    for (const text of recorded.requests) {
      expect(decodeStageRequest(later(text))?.type).toBe(typeOf(text));
    }
    for (const text of recorded.says) {
      expect(asListenerMessage(fromLater(JSON.parse(text)))?.type).toBe(typeOf(text));
    }
    for (const [kind, value] of Object.entries(recorded.state)) {
      const seen = OPEN_ENDED.has(kind) ? value : fromLater(value);
      expect(STATE_CHECKS[kind]!(seen), kind).toBe(true);
    }
  });

  it("is read over where it is a message of another kind", () => {
    const text = JSON.stringify({ type: "of-later", of: 1 });
    expect(decodeRoomEvent(text)).toBeUndefined();
    expect(decodeStageNews(text)).toBeUndefined();
    expect(asListenerMessage(JSON.parse(text))).toBeUndefined();
  });
});
