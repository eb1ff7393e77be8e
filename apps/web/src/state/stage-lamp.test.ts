import type { UplinkState } from "@rostra/client";
import { testMember, testSpace } from "@rostra/testkit";
import {
  newUserId,
  type SpaceSnapshot,
  type StageMember,
  type StageRole,
  type StageStatus,
  type UserId,
} from "@rostra/wire";
import { describe, expect, test } from "vitest";
import { stageLamp as lampOf, type OwnSide } from "./stage-lamp.ts";

const ME = newUserId();

function space(over: Partial<SpaceSnapshot> = {}, role: StageRole = "host"): SpaceSnapshot {
  return testSpace({
    title: "Town hall",
    epochMs: 0,
    members: [testMember(ME, { role })],
    ...over,
  });
}

const mutedByServer = space({
  members: [testMember(ME, { role: "speaker", muted: true })],
});
const heard: StageStatus = { up: true, connected: [ME], speaking: [], deadAir: false };
type Uplink = OwnSide["uplink"];
const joined: Uplink = {
  connection: "connected",
  muted: false,
  mutedByServer: false,
  mutePending: false,
};

const stageLamp = (
  snapshot: SpaceSnapshot,
  stage: StageStatus,
  uplink: Uplink,
  me: UserId,
  own: Partial<OwnSide> = {},
) => lampOf(snapshot, stage, { uplink, held: null, secondsToAir: null, ...own }, me);
const me = (over: Partial<StageMember>, state: SpaceSnapshot["state"] = "live") =>
  space({ state, members: [testMember(ME, { role: "host", ...over })] });

describe("the lamp of somebody on stage", () => {
  test("says ON AIR only when live, heard by the stage and not muted", () => {
    expect(stageLamp(space(), heard, joined, ME).word).toBe("On air");
  });

  test("says BACKSTAGE while the space isn't live", () => {
    expect(stageLamp(space({ state: "backstage" }), heard, joined, ME).word).toBe("Backstage");
  });

  test("believes the server that we are muted, whatever this page thinks", () => {
    expect(stageLamp(mutedByServer, heard, joined, ME).word).toBe("Muted");
  });

  test("says MUTED at once when the microphone is off here, and that the server doesn't know", () => {
    const lamp = stageLamp(space(), heard, { ...joined, muted: true, mutePending: true }, ME);
    expect(lamp).toMatchObject({ word: "Muted", meaning: expect.stringMatching(/Waiting/) });
  });

  test("never says ON AIR while the stage is away or doesn't have our sound", () => {
    for (const stage of [
      { ...heard, up: false },
      { ...heard, connected: [] },
    ]) {
      expect(stageLamp(space(), stage, joined, ME).word).toBe("Reconnecting");
    }
  });

  test("follows the line: joining, reconnecting, not joined", () => {
    const word = (connection: UplinkState["connection"]) =>
      stageLamp(space(), heard, { ...joined, connection }, ME).word;
    expect(word("connecting")).toBe("Joining");
    expect(word("reconnecting")).toBe("Reconnecting");
  });

  test("says that nobody hears us when this page isn't on the line", () => {
    for (const connection of ["idle", "closed", "failed"] as const) {
      const stage = { ...heard, connected: [] };
      expect(stageLamp(space(), stage, { ...joined, connection }, ME).word).toBe("Not joined");
    }
  });

  test("says ON AIR when we are heard through another page or an encoder", () => {
    const lamp = stageLamp(space(), heard, { ...joined, connection: "idle", muted: true }, ME);
    expect(lamp).toMatchObject({ word: "On air", meaning: expect.stringMatching(/another page/) });
  });

  test("says BACKSTAGE and WHISPER while live for whoever is there, by the server's word", () => {
    const lamp = (over: Partial<StageMember>) => stageLamp(me(over), heard, joined, ME);
    expect(lamp({ channel: "backstage" })).toMatchObject({
      kind: "backstage",
      meaning: expect.stringMatching(/^Off air/),
    });
    expect(lamp({ channel: "whisper" })).toMatchObject({
      word: "Whisper",
      meaning: "Only the hosts hear you.",
    });
  });

  test("says MUTED while our side is silent: changing over, or waiting for the held key", () => {
    const whisper = me({ channel: "whisper" });
    expect(stageLamp(whisper, heard, joined, ME, { held: "whisper" }).word).toBe("Muted");
    const waiting = stageLamp(space(), heard, joined, ME, { held: "push-to-talk" });
    expect(waiting).toMatchObject({ word: "Muted", meaning: expect.stringMatching(/space key/) });
  });

  test("says who locked the microphone", () => {
    const lamp = stageLamp(me({ muted: true, micLocked: true }), heard, joined, ME);
    expect(lamp).toMatchObject({
      word: "Muted",
      meaning: expect.stringMatching(/^A host locked/),
    });
  });

  test("says that somebody else did the muting, and where one is meanwhile", () => {
    const meaning = (over: Partial<StageMember>, mutedByServer: boolean) =>
      stageLamp(me({ muted: true, ...over }), heard, { ...joined, muted: true, mutedByServer }, ME)
        .meaning;
    expect(meaning({}, false)).toBe("Nobody hears you.");
    expect(meaning({}, true)).toMatch(/^You were muted/);
    expect(meaning({ channel: "backstage" }, true)).toMatch(/^You are backstage/);
  });

  test("counts down to air, but never for who is muted or off air", () => {
    const word = (over: Partial<StageMember>) =>
      stageLamp(me(over, "backstage"), heard, joined, ME, { secondsToAir: 5 }).word;
    expect(word({})).toBe("On air in 5");
    expect(word({ muted: true })).toBe("Muted");
    expect(word({ channel: "backstage" })).toBe("Backstage");
  });

  test("says ENDED over everything else", () => {
    expect(stageLamp(space({ state: "ended" }), heard, joined, ME).word).toBe("Ended");
  });
});
