import { testSpace } from "@rostra/testkit";
import { type SpaceSnapshot, stagesOf } from "@rostra/wire";
import { describe, expect, it } from "vitest";
import { repaired } from "./pairs.ts";
import { VouchedStages } from "./vouched-stages.ts";

const LOOK_MS = 500;
const TEN_MINUTES_MS = 600_000;

/** Controls that see some of the stages each, and change one space in turns. */
class World {
  nowMs = 0;
  changes = 0;
  space: SpaceSnapshot;
  readonly #controls: { sees: readonly string[]; readonly vouched: VouchedStages }[];

  constructor(space: SpaceSnapshot, ...views: readonly (readonly string[])[]) {
    this.space = space;
    this.#controls = views.map((sees) => ({ sees, vouched: new VouchedStages() }));
  }

  see(...views: readonly (readonly string[])[]): this {
    for (const [at, sees] of views.entries()) this.#controls[at]!.sees = sees;
    return this;
  }

  run(ms: number): this {
    for (const untilMs = this.nowMs + ms; this.nowMs < untilMs; this.nowMs += LOOK_MS) {
      for (const control of this.#controls) this.#look(control);
    }
    return this;
  }

  #look({ sees, vouched }: { sees: readonly string[]; vouched: VouchedStages }): void {
    const { id } = this.space;
    const isHere = (name: string) => sees.includes(name);
    vouched.take(this.space, isHere, this.nowMs);
    const has = (name: string) => isHere(name) || vouched.has(id, name, this.nowMs);
    const next = repaired(this.space, {
      has,
      isLost: (name) => !has(name),
      another: () => sees[0],
      beside: (first) => sees.find((name) => name !== first),
    });
    if (next !== this.space) this.changes += 1;
    this.space = next;
    vouched.take(next, isHere, this.nowMs);
  }
}

const paired = testSpace({ stageName: "a", secondStageName: "b" });

describe("two controls of which each doesn't see a stage that the other sees", () => {
  it("leave a space's second stage in peace, after a few attempts", () => {
    const world = new World(paired, ["a", "b"], ["a", "c"]).run(TEN_MINUTES_MS / 2);
    const early = world.changes;
    expect(early).toBeLessThan(14);
    // Each minute one of them tries again: whoever vouched may be gone.
    expect(world.run(TEN_MINUTES_MS).changes - early).toBeLessThanOrEqual(10);
    expect(world.space).toMatchObject({ stageName: "a" });
    expect(stagesOf(world.space)).toHaveLength(2);
  });

  it("leave its first stage in peace as well", () => {
    const world = new World(paired, ["a"], ["b"]).run(TEN_MINUTES_MS / 2);
    expect(world.changes).toBeLessThan(20);
  });

  it("are one again as soon as they see the same", () => {
    const world = new World(paired, ["a", "b"], ["a", "c"]).run(20_000);
    const { changes } = world;
    world.see(["a", "b", "c"], ["a", "b", "c"]).run(TEN_MINUTES_MS);
    expect(world.changes).toBe(changes);
  });

  it("give a space another stage at once when one goes that they both saw, or whoever sees it", () => {
    const world = new World(paired, ["a", "b"], ["a", "c"]).run(60_000);
    // The first goes: whoever of them sees the second lets it go on.
    world.see(["b", "c"], ["c"]).run(LOOK_MS);
    expect(["b", "c"]).toContain(world.space.stageName);
  });
});

describe("a stage that has just come, and that only one control has heard of", () => {
  it("stays the space's second until the other one has heard of it, too", () => {
    const world = new World(testSpace({ stageName: "a" }), ["a"], ["a"]).run(1_000);
    world.see(["a", "new"], ["a"]).run(2_000);
    expect(world.space.secondStageName).toBe("new");
    world.see(["a", "new"], ["a", "new"]).run(TEN_MINUTES_MS);
    expect([world.space.secondStageName, world.changes]).toEqual(["new", 1]);
  });

  it("is given up after a while where nobody hears of it any more", () => {
    const world = new World(testSpace({ stageName: "a" }), ["a"], ["a"]).run(1_000);
    world.see(["a", "new"], ["a"]).run(1_000).see(["a"], ["a"]).run(6_000);
    expect(stagesOf(world.space)).toEqual(["a"]);
  });
});
