import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WireError } from "./errors.ts";
import { decodeRoomEvent, encodeRoomEvent, type RoomEvent } from "./event.ts";
import { newSpaceId, newUserId } from "./ids.ts";
import { DEFAULT_SETTINGS, type SpaceSnapshot } from "./space.ts";

const space: SpaceSnapshot = {
  id: newSpaceId(),
  revision: 3,
  title: "An evening",
  topics: ["music"],
  state: "live",
  epochMs: 1_700_000_000_000,
  record: false,
  stageName: "stage-1",
  members: [
    {
      id: newUserId(),
      displayName: "Ada",
      role: "host",
      muted: false,
      micLocked: false,
      channel: "air",
    },
  ],
  settings: DEFAULT_SETTINGS,
  invited: [{ id: newUserId(), role: "speaker" }],
  inCharge: null,
  airsAtMs: null,
  endsAtMs: null,
  startsAtMs: null,
  liveAtMs: 1_700_000_001_000,
  endedAtMs: null,
};
const stage = { up: true, connected: [space.members[0]!.id], speaking: [], deadAir: false };
const listeners = { now: 4, peak: 9 };
const hands = { open: true, count: 2, revision: 7 };

const events: RoomEvent[] = [
  {
    type: "welcome",
    protocol: 1,
    space,
    stage,
    listeners,
    hands,
    latestFrame: 50,
    oldestFrame: 0,
    serverTimeMs: 1_700_000_002_000,
    cadenceMs: 100,
  },
  { type: "space", space },
  { type: "stage", stage },
  { type: "listeners", listeners },
  { type: "hands", hands },
  { type: "reactions", counts: { "👏": 3, "❤️": 1 } },
  {
    type: "notice",
    id: 2,
    text: "Back in five",
    atMs: 1_700_000_000_000,
    untilMs: 1_700_000_600_000,
  },
  { type: "names-hidden", ids: [newUserId()] },
  { type: "ask-heard", share: 0.25 },
  { type: "cadence", cadenceMs: 500, fromFrame: 9_000 },
  { type: "rendition", rendition: "thin" },
  { type: "bye", reason: "moving", retryAfterMs: 250 },
];

describe("a room event", () => {
  it.each(events.map((event) => [event.type, event] as const))(
    "'%s' comes back as it went",
    (_type, event) => {
      expect(decodeRoomEvent(encodeRoomEvent(event))).toEqual(event);
    },
  );

  it("of a kind that this version doesn't know is skipped", () => {
    expect(decodeRoomEvent('{"type":"fireworks","n":3}')).toBeUndefined();
    expect(decodeRoomEvent('{"type":"toString"}')).toBeUndefined();
  });

  it("with one field of another kind is refused", () => {
    for (const event of events) {
      for (const key of Object.keys(event)) {
        if (key === "type") continue;
        const broken = JSON.stringify({ ...event, [key]: { not: "this" } });
        expect(() => decodeRoomEvent(broken), `${event.type}.${key}`).toThrow(WireError);
      }
    }
  });

  it("made of any text ends in a wire error or is skipped", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          expect(decodeRoomEvent(text)).toBeUndefined();
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
    );
  });
});
