import { memoryRelay } from "@rostra/relay";
import { testSpace, VirtualClock } from "@rostra/testkit";
import { type Role, STATE_KEYS } from "@rostra/wire";
import { beforeEach, describe, expect, it } from "vitest";
import { anotherStays, spacesHaveLeft } from "./drain.ts";

describe("a stage that drains", () => {
  let clock: VirtualClock;
  let space = testSpace();
  let done: boolean;
  let hurry: AbortController;

  beforeEach(() => {
    [clock, done, hurry] = [new VirtualClock(), false, new AbortController()];
  });

  function drain(stageName: string, secondStageName?: string): void {
    space = testSpace({ stageName, ...(secondStageName && { secondStageName }) });
    const watch = { all: () => [space] };
    const options = { withinMs: 10_000, hurry: hurry.signal, clock };
    void spacesHaveLeft("mine", watch, options).then(() => {
      done = true;
    });
  }

  async function pass(ms: number): Promise<boolean> {
    await clock.advanceSettling(ms, 100);
    return done;
  }

  it("goes on until no space names it, as first or as second", async () => {
    drain("mine", "other");
    expect(await pass(1_000)).toBe(false);
    space = testSpace({ stageName: "other", secondStageName: "mine" });
    expect(await pass(1_000)).toBe(false);
    space = testSpace({ stageName: "other" });
    expect(await pass(200)).toBe(true);
  });

  it("is done at once without a program, and when it is told to hurry", async () => {
    drain("other");
    expect(await pass(0)).toBe(true);
    done = false;
    drain("mine");
    expect(await pass(500)).toBe(false);
    hurry.abort();
    expect(await pass(200)).toBe(true);
  });

  it("ends when its time is over", async () => {
    drain("mine");
    expect(await pass(9_800)).toBe(false);
    expect(await pass(400)).toBe(true);
  });

  it("knows whether there is another stage that stays", () => {
    const relay = memoryRelay().join();
    const announce = (name: string, role: Role, isDraining: boolean) => {
      const service = { role, name, url: "http://127.0.0.1:1", pid: 1, isDraining };
      relay.put(STATE_KEYS.service(name), service, { ephemeral: true });
    };
    announce("mine", "stage", false);
    announce("edge-1", "edge", false);
    announce("other", "stage", true);
    expect(anotherStays(relay, "mine")).toBe(false);
    announce("other", "stage", false);
    expect(anotherStays(relay, "mine")).toBe(true);
  });
});
