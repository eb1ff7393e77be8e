import { NatsServer } from "@rostra/testkit";
import { newSpaceId, type ProgramFrame } from "@rostra/wire";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { connectNats, joinFleet, type Relay } from "../../src/index.ts";

// Control is on one server, the stage on another: only who is on both hears the two of them.

let [controls, stages]: NatsServer[] = [];

beforeAll(async () => {
  [controls, stages] = await Promise.all([NatsServer.start(), NatsServer.start()]);
});
afterAll(() => Promise.all([controls!.stop(), stages!.stop()]));

async function join(name: string, ...servers: readonly NatsServer[]): Promise<Relay> {
  const buses = await connectNats(servers.map(({ url }) => ({ servers: [url] })));
  return joinFleet({ buses, name, fleet: "cut" });
}

it("a stage that control doesn't reach hears its word from those who follow it", async () => {
  const [control, stage] = [await join("control", controls!), await join("stage", stages!)];
  const edge = await join("edge", controls!, stages!);
  const key = `space/${newSpaceId()}` as const;
  const spaceId = key.slice("space/".length) as ReturnType<typeof newSpaceId>;
  const told: unknown[] = [];
  stage.watch(key, (_, value) => told.push(value));
  edge.follow(spaceId, { take: () => {} });
  await edge.flush();
  // What the stage heard before the cut; since then somebody was muted.
  const before = { revision: 1, secondStageName: "second" };
  const muted = { revision: 2, secondStageName: "second", muted: ["somebody"] };
  stage.put(key, before);
  await vi.waitFor(() => expect(told).toEqual([before]));
  control.put(key, muted);
  let number = 0;
  const speaking = setInterval(() => {
    number += 1;
    const frame: ProgramFrame = { number, packet: Uint8Array.of(0xf8), holding: false };
    stage.publishFrames(spaceId, [frame], { term: 0, second: false });
  }, 20);
  await vi.waitFor(() => expect(told.at(-1)).toEqual(muted), { timeout: 8_000, interval: 10 });
  clearInterval(speaking);
  expect(told).toEqual([before, muted]);
  await Promise.all([control, stage, edge].map((each) => each.close()));
});
