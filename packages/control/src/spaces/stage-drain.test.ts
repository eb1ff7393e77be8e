import { testSpace } from "@rostra/testkit";
import { describe, expect, it } from "vitest";
import { awayFromDrain, type StageOutlook } from "./stage-drain.ts";

const outlook = (changes: Partial<StageOutlook> = {}): StageOutlook => ({
  stays: (name) => name !== "old",
  another: () => "new",
  secondStands: false,
  ...changes,
});

describe("a space whose stage drains", () => {
  const alone = testSpace({ stageName: "old" });
  const paired = testSpace({ stageName: "old", secondStageName: "second", term: 3 });

  it("is left alone on stages that stay", () => {
    const space = testSpace({ stageName: "a", secondStageName: "b" });
    expect(awayFromDrain(space, outlook({ secondStands: true }))).toBeUndefined();
    expect(awayFromDrain(testSpace({ stageName: "a" }), outlook())).toBeUndefined();
  });

  it("first gets another stage beside its own", () => {
    const both = { stageName: "old", secondStageName: "new" };
    expect(awayFromDrain(alone, outlook())).toEqual(both);
  });

  it("stays where it is while there is no other stage", () => {
    expect(awayFromDrain(alone, outlook({ another: () => undefined }))).toBeUndefined();
  });

  it("goes over, with a new term, once the other one stands", () => {
    expect(awayFromDrain(paired, outlook())).toBeUndefined();
    const change = awayFromDrain(paired, outlook({ secondStands: true }));
    expect(change).toEqual({ stageName: "second", term: 4 });
  });

  it("gets another second where its second drains", () => {
    const space = testSpace({ stageName: "a", secondStageName: "old", term: 3 });
    const both = { stageName: "a", secondStageName: "new", term: 3 };
    expect(awayFromDrain(space, outlook())).toEqual(both);
  });

  it("goes on with its first alone where there is no other second", () => {
    const space = testSpace({ stageName: "a", secondStageName: "old", term: 3 });
    for (const another of [() => "a", () => undefined]) {
      expect(awayFromDrain(space, outlook({ another }))).toEqual({ stageName: "a", term: 3 });
    }
  });

  it("gets another second where both drain", () => {
    const stays = (name: string) => name === "new";
    const change = awayFromDrain(paired, outlook({ stays, secondStands: true }));
    expect(change).toEqual({ stageName: "old", secondStageName: "new", term: 3 });
  });
});
