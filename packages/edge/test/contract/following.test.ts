import { afterEach, expect, it } from "vitest";
import { BOUNDS } from "../../src/bounds.ts";
import { EdgeWorld, isFromStage } from "../support/edge-world.ts";
import { LiveClient } from "../support/live-client.ts";
import { parsePlaylist } from "../support/playlist-rules.ts";

let world: EdgeWorld;
const clients: LiveClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await world.close();
});

function listen(query = "", port = world.port): LiveClient {
  const client = new LiveClient(port, world.path + query);
  clients.push(client);
  return client;
}

async function followed(port = world.port): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(/^rostra_edge_spaces(?:\{[^}]*\})? (\d+)$/m.exec(text)?.[1]);
}

async function bytes(path: string, port: number): Promise<Buffer> {
  const answer = await fetch(world.url(path, port));
  expect(answer.status, path).toBe(200);
  return Buffer.from(await answer.arrayBuffer());
}

it("follows a space from its first listener until half a minute after its last", async () => {
  world = await EdgeWorld.onAir();
  expect(await followed()).toBe(0);
  const client = listen();
  await client.untilEvent("welcome");
  expect(await followed()).toBe(1);
  await world.pass(BOUNDS.lingerMs + 1_000);
  expect(await followed()).toBe(1);
  client.close();
  await world.pass(BOUNDS.lingerMs - 1_000);
  expect(await followed()).toBe(1);
  await world.pass(2_000);
  expect(await followed()).toBe(0);
});

it("meets the first listener as everybody: with the room's state and the latest second", async () => {
  world = await EdgeWorld.onAir();
  const client = listen();
  await client.until(() => client.frames.length >= 50);
  const [welcome] = client.of("welcome");
  // The newest chunk of its slot ends a little before the newest frame.
  expect(welcome!.latestFrame! - client.frames[49]!.number).toBeLessThan(5);
  expect(welcome!.stage.up).toBe(true);
  expect(client.frames.every(isFromStage)).toBe(true);
});

it("gives who comes back to an edge that had let go all that it missed", async () => {
  world = await EdgeWorld.onAir();
  await world.openEdge();
  const from = world.currentFrame;
  await world.pass(60_000);
  const client = listen(`?from=${from}`, world.edges[1]!.port);
  await client.until(() => client.frames.length >= 2_900);
  const numbers = client.frames.slice(0, 2_900).map(({ number }) => number);
  expect(numbers).toEqual(Array.from({ length: 2_900 }, (_, at) => from + at));
  expect(client.frames.every(isFromStage)).toBe(true);
  expect(client.of("welcome")[0]!.oldestFrame).toBeLessThanOrEqual(from);
});

it("says the same of HLS, byte for byte, where it has just begun, let go, and begun again", async () => {
  world = await EdgeWorld.onAir();
  await world.openEdge();
  const [all, some] = world.edges.map(({ port }) => port) as [number, number];
  // A stage that was away for a while: what was made up there must be made up alike here.
  const listener = listen("", all);
  await listener.untilEvent("welcome");
  world.onAir = false;
  await world.pass(3_000);
  world.onAir = true;
  for (let round = 0; round < 2; round += 1) {
    await world.pass(BOUNDS.lingerMs + 5_000);
    expect(await followed(some)).toBe(0);
    const [one, other] = await Promise.all(
      [all, some].map(async (port) => String(await bytes("/index.m3u8", port))),
    );
    expect(other).toBe(one);
    const { segments } = parsePlaylist(one!);
    for (const { uri } of segments) {
      const [a, b] = await Promise.all([all, some].map((port) => bytes(`/${uri}`, port)));
      expect(b!.equals(a!), uri).toBe(true);
    }
  }
});
