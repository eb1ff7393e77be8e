import { testSpace } from "@rostra/testkit";
import { newSpaceId, type Raid, STATE_KEYS } from "@rostra/wire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EdgeWorld } from "../support/edge-world.ts";
import { LiveClient } from "../support/live-client.ts";

let world: EdgeWorld;
let raid: Raid;
const clients: LiveClient[] = [];

beforeEach(async () => {
  world = await EdgeWorld.onAir();
  await world.openEdge();
  const { epochMs } = world.space;
  const other = testSpace({ id: newSpaceId(), title: "The other one", epochMs, liveAtMs: epochMs });
  world.backstage.put(STATE_KEYS.space(other.id), other);
  raid = {
    from: world.space.id,
    fromTitle: world.space.title,
    to: other.id,
    toTitle: other.title,
    listeners: 4,
    startsAtMs: world.clock.nowMs() + 15_000,
    spreadMs: 2_000,
  };
  await world.pass(500);
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await world.close();
});

async function listen(edge: number, spaceId: string, query = ""): Promise<LiveClient> {
  const client = new LiveClient(world.edges[edge]!.port, `/live/${spaceId}${query}`);
  clients.push(client);
  await client.untilEvent("welcome");
  return client;
}

const announce = (value: Raid | undefined) =>
  world.backstage.put(STATE_KEYS.raid(raid.from), value, { ephemeral: true });

describe("a raid", () => {
  it("is told to both rooms, to newcomers as well, and is over when control takes it back", async () => {
    const [leaver, host] = [await listen(0, raid.from), await listen(1, raid.to)];
    announce(raid);
    await world.pass(300);
    expect(leaver.of("raid")).toEqual([{ type: "raid", side: "leaving", raid, arrived: 0 }]);
    expect(host.of("raid")).toEqual([{ type: "raid", side: "arriving", raid, arrived: 0 }]);
    const newcomer = await listen(1, raid.from);
    expect(newcomer.of("welcome")[0]?.raids).toEqual([{ side: "leaving", raid, arrived: 0 }]);
    announce(undefined);
    await world.pass(300);
    expect(leaver.of("raid").at(-1)).toMatchObject({ side: "leaving", raid: null });
    expect(host.of("raid").at(-1)).toMatchObject({ side: "arriving", raid: null });
    expect((await listen(0, raid.from)).of("welcome")[0]).not.toHaveProperty("raids");
  });

  it("counts who comes along, on all edges, and tells both rooms", async () => {
    const [leaver, host] = [await listen(0, raid.from), await listen(1, raid.to)];
    announce(raid);
    await world.pass(300);
    for (const edge of [0, 0, 1]) await listen(edge, raid.to, `?raid=${raid.from}`);
    await listen(0, raid.to);
    await listen(0, raid.to, `?raid=${newSpaceId()}`);
    await listen(0, raid.to, "?raid=nonsense");
    await world.pass(3_500);
    expect(leaver.of("raid").at(-1)).toMatchObject({ side: "leaving", arrived: 3 });
    expect(host.of("raid").at(-1)).toMatchObject({ side: "arriving", arrived: 3 });
  });

  it("is got ready for by each edge where somebody hears the space that it comes from", async () => {
    const followed = async () => {
      const { port } = world.edges[0]!;
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return Number(/^rostra_edge_spaces(?:\{[^}]*\})? (\d+)$/m.exec(text)?.[1]);
    };
    await listen(0, raid.from);
    expect(await followed()).toBe(1);
    announce(raid);
    expect(await followed()).toBe(2);
  });

  it("begins to count anew when another one comes", async () => {
    const host = await listen(1, raid.to);
    announce(raid);
    await world.pass(300);
    await listen(0, raid.to, `?raid=${raid.from}`);
    await world.pass(2_500);
    expect(host.of("raid").at(-1)).toMatchObject({ arrived: 1 });
    announce(undefined);
    await world.pass(2_500);
    announce(raid);
    await world.pass(2_500);
    expect(host.of("raid").at(-1)).toMatchObject({ side: "arriving", raid, arrived: 0 });
  });
});
