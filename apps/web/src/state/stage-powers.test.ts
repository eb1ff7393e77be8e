import { testMember, testSpace } from "@rostra/testkit";
import { newUserId, type SpaceSnapshot, type StageRole } from "@rostra/wire";
import { describe, expect, test } from "vitest";
import { joinsMuted, personPowers, stagePowers } from "./stage-powers.ts";

const ME = newUserId();

function space(over: Partial<SpaceSnapshot> = {}, role: StageRole = "host"): SpaceSnapshot {
  return testSpace({
    title: "Town hall",
    epochMs: 0,
    members: [testMember(ME, { role })],
    ...over,
  });
}

describe("powers", () => {
  test("a host goes live from backstage, ends, and can't step down", () => {
    expect(stagePowers(space({ state: "backstage" }), ME)).toMatchObject({
      canGoLive: true,
      canEnd: true,
      canStepDown: false,
    });
    expect(stagePowers(space(), ME).canGoLive).toBe(false);
  });

  test("a co-host moderates and invites but doesn't end", () => {
    expect(stagePowers(space({}, "cohost"), ME)).toMatchObject({
      canModerate: true,
      canInvite: true,
      canEnd: false,
      canStepDown: true,
    });
  });

  test("a co-host ends a space that they run while its host is away", () => {
    const { members } = space({}, "cohost");
    expect(stagePowers(space({ members, inCharge: ME }), ME).canEnd).toBe(true);
    expect(stagePowers(space({ members, inCharge: newUserId() }), ME).canEnd).toBe(false);
  });

  test("hosts whisper; only the host hands over, and takes a live space's audience along", () => {
    const host = { canWhisper: true, canHandOver: true, canRaid: true };
    expect(stagePowers(space(), ME)).toMatchObject(host);
    expect(stagePowers(space({ state: "backstage" }), ME).canRaid).toBe(false);
    const cohost = stagePowers(space({}, "cohost"), ME);
    expect(cohost).toMatchObject({ canWhisper: true, canHandOver: false, canRaid: false });
  });

  test("a speaker can only step down", () => {
    const { canStepDown, ...rest } = stagePowers(space({}, "speaker"), ME);
    expect(canStepDown).toBe(true);
    expect(Object.values(rest)).not.toContain(true);
  });

  test("a stranger can do nothing, and an ended space can't be ended again", () => {
    expect(Object.values(stagePowers(space(), newUserId()))).not.toContain(true);
    expect(stagePowers(space({ state: "ended" }), ME).canEnd).toBe(false);
  });
});

describe("what one may do about another", () => {
  const bo = testMember(newUserId(), { role: "speaker" });
  const host = testMember(newUserId(), { role: "host" });

  test("is everything that applies for a host, and nothing that unmutes", () => {
    expect(personPowers(space(), ME, bo)).toMatchObject({
      canMute: true,
      canLock: true,
      canUnlock: false,
      canSendBackstage: true,
      canBringOnAir: false,
      canPromote: true,
      canHandOver: true,
      canRemove: true,
    });
    const locked = { ...bo, muted: true, micLocked: true, channel: "backstage" as const };
    expect(personPowers(space(), ME, locked)).toMatchObject({
      canMute: false,
      canLock: false,
      canUnlock: true,
      canSendBackstage: false,
      canBringOnAir: true,
    });
  });

  test("is to mute, about the host, for a co-host", () => {
    const powers = personPowers(space({}, "cohost"), ME, host);
    expect(Object.entries(powers).filter(([, can]) => can)).toEqual([["canMute", true]]);
  });

  test("is nothing about oneself, or for a speaker", () => {
    const none = (powers: object) => !Object.values(powers).includes(true);
    expect(none(personPowers(space(), ME, testMember(ME, { role: "host" })))).toBe(true);
    expect(none(personPowers(space({}, "speaker"), ME, bo))).toBe(true);
  });
});

describe("coming in", () => {
  test("is muted while the space is on air", () => {
    expect(joinsMuted(space({ state: "live" }), ME)).toBe(true);
  });

  test("is muted while a countdown runs: it ends on air", () => {
    expect(joinsMuted(space({ state: "backstage", airsAtMs: 1 }), ME)).toBe(true);
  });

  test("is as the server has it backstage, and muted for a stranger", () => {
    expect(joinsMuted(space({ state: "backstage" }), ME)).toBe(false);
    expect(joinsMuted(space({ state: "backstage" }), newUserId())).toBe(true);
  });
});
