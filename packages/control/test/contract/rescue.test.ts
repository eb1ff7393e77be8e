import type { Relay } from "@rostra/relay";
import { type Service, STATE_KEYS } from "@rostra/wire";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ControlWorld } from "./control-world.ts";

const WITHIN = { timeout: 5_000, interval: 10 };

let world: ControlWorld;
const stages = new Map<string, Relay>();

/** A stage as the others see it: an entry that goes with its process. */
async function startStage(name: string): Promise<void> {
  const relay = world.relays.join();
  const service: Service = { role: "stage", name, url: "http://127.0.0.1:1", pid: 1 };
  relay.put(STATE_KEYS.service(name), service, { ephemeral: true });
  stages.set(name, relay);
}

async function killStage(name: string): Promise<void> {
  await stages.get(name)?.close();
  stages.delete(name);
}

function drainStage(name: string): void {
  const service: Service = { role: "stage", name, url: "http://127.0.0.1:1", pid: 1 };
  const draining = { ...service, isDraining: true };
  stages.get(name)!.put(STATE_KEYS.service(name), draining, { ephemeral: true });
}

describe("a space whose stage goes or has gone", () => {
  beforeAll(async () => {
    world = await ControlWorld.begin();
    await world.start();
  });
  afterAll(() => world.stop());
  beforeEach(() => startStage("stage-a"));
  afterEach(async () => {
    for (const name of [...stages.keys()]) await killStage(name);
  });

  async function opened(): Promise<string> {
    const { body: guest } = await world.call("POST", "/api/v1/guests", {
      body: { displayName: "Ada" },
    });
    const { body: space } = await world.call("POST", "/api/v1/spaces", {
      as: guest.token,
      body: { title: "On the move" },
    });
    expect(world.shown(space.id)?.stageName).toBe("stage-a");
    return space.id;
  }

  it("goes on, on another stage, with all that it was", async () => {
    const id = await opened();
    const before = world.shown(id)!;
    await startStage("stage-b");
    await killStage("stage-a");
    await expect.poll(() => world.shown(id)?.stageName, WITHIN).toBe("stage-b");
    expect(world.shown(id)).toEqual({
      ...before,
      stageName: "stage-b",
      term: 1,
      revision: before.revision + 1,
    });
  });

  it("waits for its stage where there is no other, and for another to come", async () => {
    const id = await opened();
    await killStage("stage-a");
    await new Promise((done) => setTimeout(done, 800));
    expect(world.shown(id)?.stageName).toBe("stage-a");
    await startStage("stage-c");
    await expect.poll(() => world.shown(id)?.stageName, WITHIN).toBe("stage-c");
  });

  it("is mixed by two stages until the other one stands, and then by that one alone", async () => {
    const id = await opened();
    await startStage("stage-b");
    drainStage("stage-a");
    await expect.poll(() => world.shown(id)?.secondStageName, WITHIN).toBe("stage-b");
    expect(world.shown(id)).toMatchObject({ stageName: "stage-a" });
    await expect
      .poll(() => world.shown(id)?.stageName, { ...WITHIN, timeout: 8_000 })
      .toBe("stage-b");
    expect(world.shown(id)).toMatchObject({ term: 1 });
    expect(world.shown(id)).not.toHaveProperty("secondStageName");
  }, 15_000);

  it("stays where its stage is back within half a second", async () => {
    const id = await opened();
    await startStage("stage-b");
    await killStage("stage-a");
    await startStage("stage-a");
    await new Promise((done) => setTimeout(done, 900));
    expect(world.shown(id)?.stageName).toBe("stage-a");
  });
});

describe("a space in a fleet with pairs", () => {
  beforeAll(async () => {
    world = await ControlWorld.begin({ stagePairs: true });
    await world.start();
  });
  afterAll(() => world.stop());

  it("keeps two stages while there are two, whichever of them goes", async () => {
    await startStage("stage-a");
    const host = await world.guest("Ada");
    const id = await world.open(host);
    const shown = () => {
      const { stageName, secondStageName, term = 0 } = world.shown(id)!;
      return [stageName, secondStageName, term];
    };
    expect(shown()).toEqual(["stage-a", undefined, 0]);
    await startStage("stage-b");
    await expect.poll(shown, WITHIN).toEqual(["stage-a", "stage-b", 0]);
    await killStage("stage-a");
    await expect.poll(shown, WITHIN).toEqual(["stage-b", undefined, 1]);
    await startStage("stage-a");
    await startStage("stage-c");
    await expect.poll(shown, WITHIN).toEqual(["stage-b", "stage-a", 1]);
    await killStage("stage-a");
    await expect.poll(shown, WITHIN).toEqual(["stage-b", "stage-c", 1]);
    // One that opens now has both at once.
    const next = await world.open(host);
    expect(new Set([world.shown(next)?.stageName, world.shown(next)?.secondStageName])).toEqual(
      new Set(["stage-b", "stage-c"]),
    );
    for (const name of ["stage-b", "stage-c"]) await killStage(name);
  });
});
