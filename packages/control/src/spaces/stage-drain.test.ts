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
    expect(awayFromDrain(alone, outlook())).toEqual({ secondStageName: "new" });
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
    const space = testSpace({ stageName: "a", secondStageName: "old" });
    expect(awayFromDrain(space, outlook())).toEqual({ secondStageName: "new" });
    // The only other stage is its first.
    expect(awayFromDrain(space, outlook({ another: () => "a" }))).toBeUndefined();
  });

  it("gets another second where both drain", () => {
    const stays = (name: string) => name === "new";
    const change = awayFromDrain(paired, outlook({ stays, secondStands: true }));
    expect(change).toEqual({ secondStageName: "new" });
  });
});
