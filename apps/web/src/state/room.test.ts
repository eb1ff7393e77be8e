import { testMember, testSpace } from "@rostra/testkit";
import { newUserId, type SpaceSnapshot, type SpaceState } from "@rostra/wire";
import { describe, expect, test } from "vitest";
import { NO_STAGE, type RoomSource, roomPhase, roomView, tabTitle } from "./room.ts";

const HOST = newUserId();
const NOON = Date.UTC(2026, 4, 1, 12, 0);
const english = { locale: "en-GB", timeZone: "UTC" };

function space(state: SpaceState): SpaceSnapshot {
  return testSpace({
    title: "Town hall",
    state,
    epochMs: NOON,
    members: [testMember(HOST, { role: "host" })],
  });
}

const open = (over: Partial<RoomSource>): RoomSource => ({
  connection: "open",
  space: space("live"),
  stage: { up: true, connected: [HOST], speaking: [], deadAir: false },
  holding: false,
  crowded: null,
  secondsToAir: null,
  ...over,
});

describe("the phase", () => {
  test("follows the space's state once it is known", () => {
    for (const state of ["scheduled", "backstage", "live", "ended"] as const) {
      expect(roomPhase({ connection: "open", space: space(state) })).toBe(state);
    }
  });

  test("stays the known one while reconnecting", () => {
    expect(roomPhase({ connection: "reconnecting", space: space("live") })).toBe("live");
  });

  test("is ended when the connection says so, whatever was last heard", () => {
    expect(roomPhase({ connection: "ended", space: space("live") })).toBe("ended");
  });

  test("tells loading from refused while nothing is known", () => {
    expect(roomPhase({ connection: "connecting", space: null })).toBe("loading");
    expect(roomPhase({ connection: "reconnecting", space: null })).toBe("loading");
    expect(roomPhase({ connection: "refused", space: null })).toBe("refused");
  });
});

describe("the lamp", () => {
  test("says LIVE, BACKSTAGE and ENDED in plain words", () => {
    const word = (state: SpaceState) => roomView(open({ space: space(state) }), NOON).lamp.word;
    expect([word("live"), word("backstage"), word("ended")]).toEqual([
      "Live",
      "Backstage",
      "Ended",
    ]);
  });

  test("says when a scheduled space starts", () => {
    const scheduled = { ...space("scheduled"), startsAtMs: NOON + 3_600_000 };
    expect(roomView(open({ space: scheduled }), NOON, english).lamp).toEqual({
      kind: "scheduled",
      word: "Starts at 13:00",
    });
  });

  test("says RECONNECTING over anything but ENDED", () => {
    const lost = roomView(open({ connection: "reconnecting" }), NOON);
    expect(lost).toMatchObject({ phase: "live", lamp: { kind: "waiting", word: "Reconnecting" } });
    const over = open({ connection: "reconnecting", space: space("ended") });
    expect(roomView(over, NOON).lamp.word).toBe("Ended");
  });
});

test("a space that is full is nothing broken, and says what happens next", () => {
  for (const connection of ["connecting", "reconnecting"] as const) {
    const full = roomView(open({ connection, crowded: "full" }), NOON);
    expect(full).toMatchObject({ phase: "live", lamp: { kind: "waiting", word: "Full" } });
    expect(full.notice).toMatch(/let in as soon as there is room/);
    expect(roomView(open({ connection, crowded: "hls" }), NOON).notice).toMatch(/seconds later/);
  }
  const over = open({ connection: "reconnecting", crowded: "full", space: space("ended") });
  expect(roomView(over, NOON).lamp.word).toBe("Ended");
});

describe("before air", () => {
  const at = (over: Partial<SpaceSnapshot>, more: Partial<RoomSource> = {}) =>
    roomView(open({ space: { ...space("backstage"), ...over }, ...more }), NOON, english);

  test("the notice says when it starts, where a time was given and hasn't passed", () => {
    expect(at({ startsAtMs: NOON + 1_800_000 }).notice).toMatch(/^Starts at 12:30/);
    expect(at({ startsAtMs: NOON - 1 }).notice).toMatch(/^Not on air yet/);
    expect(at({}).notice).toMatch(/^Not on air yet/);
  });

  test("the lamp counts down for everybody", () => {
    const lamp = at({ airsAtMs: NOON + 5_000 }, { secondsToAir: 5 }).lamp;
    expect(lamp).toEqual({ kind: "countdown", word: "On air in 5" });
  });
});

describe("the notice", () => {
  test("is empty while somebody is heard", () => {
    expect(roomView(open({}), NOON).notice).toBe("");
  });

  test("says that the host will be back when nobody is there, whether or not we play", () => {
    for (const holding of [true, false]) {
      const { notice } = roomView(open({ holding, stage: NO_STAGE }), NOON);
      expect(notice).toMatch(/^The host will be right back/);
    }
  });

  test("says so too when holding sound plays and only others than the host are there", () => {
    const stage = { up: true, connected: [newUserId()], speaking: [], deadAir: false };
    expect(roomView(open({ holding: true, stage }), NOON).notice).toMatch(/^The host/);
    expect(roomView(open({ stage }), NOON).notice).toBe("");
  });

  test("says how long a space that nobody runs waits, also where speakers go on", () => {
    const held = { ...space("live"), endsAtMs: NOON + 300_000 };
    expect(roomView(open({ space: held }), NOON, english).notice).toBe(
      "The host will be right back. We wait until 12:05.",
    );
  });

  test("explains dead air, whether or not we play", () => {
    const stage = { up: true, connected: [HOST], speaking: [], deadAir: true };
    expect(roomView(open({ stage }), NOON).notice).toMatch(/^A quiet moment/);
  });

  test("doesn't say that the host is away while a co-host runs the space", () => {
    const cohost = newUserId();
    const led = { ...space("live"), inCharge: cohost };
    const stage = { up: true, connected: [cohost], speaking: [], deadAir: false };
    const { notice } = roomView(open({ space: led, stage, holding: true }), NOON);
    expect(notice).toMatch(/^A quiet moment/);
  });

  test("doesn't say that the host is away when the host is only muted", () => {
    expect(roomView(open({ holding: true }), NOON).notice).toMatch(/^A quiet moment/);
  });
});

test("the tab's title leads with the state", () => {
  expect(tabTitle({ kind: "live", word: "Live" }, "Town hall")).toBe("LIVE · Town hall · Rostra");
  expect(tabTitle(null, null)).toBe("Rostra");
});
