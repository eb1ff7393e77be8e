import { testMember, testSpace } from "@rostra/testkit";
import { newUserId, type SpaceSnapshot, type StageRole } from "@rostra/wire";
import { describe, expect, test } from "vitest";
import { joinsMuted, stagePowers } from "./stage-powers.ts";

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

describe("coming in", () => {
  test("is muted while the space is on air", () => {
    expect(joinsMuted(space({ state: "live" }), ME)).toBe(true);
  });

  test("is as the server has it backstage, and muted for a stranger", () => {
    expect(joinsMuted(space({ state: "backstage" }), ME)).toBe(false);
    expect(joinsMuted(space({ state: "backstage" }), newUserId())).toBe(true);
  });
});
