import { newSpaceId, type Raid } from "@rostra/wire";
import { describe, expect, it } from "vitest";
import { followWords, raidWords } from "./raid-words.ts";

const RAID: Raid = {
  from: newSpaceId(),
  fromTitle: "Bridges",
  to: newSpaceId(),
  toTitle: "Rivers",
  listeners: 800,
  startsAtMs: 1,
  spreadMs: 2_000,
};

describe("a raid in words", () => {
  it("tells a listener where they go and when, and that they stay", () => {
    const waiting = { raid: RAID, phase: "waiting" } as const;
    expect(followWords(waiting, 8, true)).toBe("The host takes you along to “Rivers” in 8 s.");
    expect(followWords(waiting, 0, true)).toBe("You go along to “Rivers” in a moment.");
    expect(followWords({ raid: RAID, phase: "moving" }, 0, true)).toBe("Going along to “Rivers”…");
    expect(followWords({ raid: RAID, phase: "stays" }, 0, true)).toBe("You stay here.");
  });

  it("tells who doesn't play where the others go", () => {
    const words = followWords({ raid: RAID, phase: "waiting" }, 8, false);
    expect(words).toBe("The host takes the audience along to “Rivers”.");
  });

  it("tells both stages how many come, and how many have arrived", () => {
    const [leaving, arriving] = (["leaving", "arriving"] as const).map((side) => ({
      side,
      raid: RAID,
      arrived: 640,
    }));
    expect(raidWords(leaving!, 5)).toBe("800 listeners go along to “Rivers” in 5 s.");
    expect(raidWords(arriving!, 5)).toBe("“Bridges” brings 800 listeners here in 5 s.");
    expect(raidWords(leaving!, 0)).toBe("640 of 800 have arrived at “Rivers”.");
    expect(raidWords({ ...arriving!, arrived: 802 }, 0)).toBe(
      "802 of 802 have arrived from “Bridges”.",
    );
  });
});
