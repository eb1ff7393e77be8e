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

describe("a space whose stage has gone", () => {
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

  it("stays where its stage is back within half a second", async () => {
    const id = await opened();
    await startStage("stage-b");
    await killStage("stage-a");
    await startStage("stage-a");
    await new Promise((done) => setTimeout(done, 900));
    expect(world.shown(id)?.stageName).toBe("stage-a");
  });
});
