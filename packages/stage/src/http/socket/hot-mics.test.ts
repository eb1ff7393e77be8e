import { testMember, testSpace } from "@rostra/testkit";
import { newUserId } from "@rostra/wire";
import { describe, expect, test } from "vitest";
import { HotMics } from "./hot-mics.ts";

const ADA = newUserId();
const LIVE = testSpace({ members: [testMember(ADA)] });

/** Looks four times a second at Ada, who speaks. */
function lookFrom(mics: HotMics, fromMs: number, untilMs: number, space = LIVE) {
  const news = [];
  for (let nowMs = fromMs; nowMs < untilMs; nowMs += 250) {
    news.push(...mics.look(space, [{ id: ADA, dbfs: -20, speaking: true }], nowMs));
  }
  return news;
}

describe("the hot-microphone guards of a space", () => {
  test("warn of a voice on a page that has been hidden for long, until it is seen again", () => {
    const mics = new HotMics();
    mics.look(LIVE, [{ id: ADA, dbfs: -100, speaking: false }], 0);
    mics.aware(ADA, { type: "awareness", hidden: true, deviceChanges: 0 }, 1_000);
    for (let nowMs = 250; nowMs < 40_000; nowMs += 250) {
      expect(mics.look(LIVE, [{ id: ADA, dbfs: -100, speaking: false }], nowMs)).toEqual([]);
    }
    const guard = { type: "guard", kind: "hot-mic", id: ADA };
    expect(lookFrom(mics, 40_000, 43_000)).toEqual([{ ...guard, active: true }]);
    expect(mics.aware(ADA, { type: "awareness", hidden: false, deviceChanges: 0 }, 43_000)).toEqual(
      [{ ...guard, active: false }],
    );
  });

  test("let a muted microphone be, and one that isn't on air", () => {
    for (const change of [{ muted: true }, { channel: "backstage" as const }]) {
      const space = testSpace({ members: [testMember(ADA, change)] });
      expect(lookFrom(new HotMics(), 0, 10_000, space)).toEqual([]);
    }
    const backstage = testSpace({ state: "backstage", members: [testMember(ADA)] });
    expect(lookFrom(new HotMics(), 0, 10_000, backstage)).toEqual([]);
  });
});
