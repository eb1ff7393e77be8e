import { DEFAULT_SETTINGS, newUserId, type SpaceSnapshot } from "@rostra/wire";
import { describe, expect, it } from "vitest";
import { newSpace } from "./space-draft.ts";

const NOW_MS = 1_700_000_000_000;
const HOST = newUserId();

function begin(startsAt?: string): SpaceSnapshot {
  const host = { id: HOST, displayName: "Host" };
  return newSpace({ title: "T", ...(startsAt && { startsAt }) }, host, "stage-1", NOW_MS);
}

describe("a new space", () => {
  it("opens backstage at once, run by its host on stage, its frame numbers beginning now", () => {
    expect(begin()).toMatchObject({
      revision: 1,
      state: "backstage",
      epochMs: NOW_MS,
      startsAtMs: null,
      members: [{ id: HOST, role: "host", muted: false, micLocked: false, channel: "air" }],
      settings: DEFAULT_SETTINGS,
      inCharge: HOST,
    });
  });

  it("is scheduled where a start is given", () => {
    const startsAt = "2023-12-01T18:00:00+01:00";
    expect(begin(startsAt)).toMatchObject({
      state: "scheduled",
      startsAtMs: Date.UTC(2023, 11, 1, 17),
    });
  });

  it.each(["2023-11-14T22:13:20.000Z", "2020-01-01T00:00:00Z", "2024-12-31T00:00:00Z"])(
    "does not start in the past, now, or after more than a year: %s",
    (startsAt) => {
      expect(() => begin(startsAt)).toThrow("startsAt: must be a time within the year ahead");
    },
  );
});
