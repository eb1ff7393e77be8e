import {
  CLOSE,
  encodeListenerMessage,
  type ListenMessage,
  OPCODE,
  SIDE_BY_SIDE_MS,
} from "@rostra/wire";
import { afterEach, expect, it } from "vitest";
import { BOUNDS } from "../../src/bounds.ts";
import { EdgeWorld, isFromStage } from "../support/edge-world.ts";
import { everyNumber, LiveClient } from "../support/live-client.ts";

let world: EdgeWorld;
const clients: LiveClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await world.close();
});

function connect(query: string): LiveClient {
  const client = new LiveClient(world.port, world.path + query);
  clients.push(client);
  return client;
}

async function standBy(): Promise<LiveClient> {
  const client = connect("?standby=1");
  await client.untilEvent("standby");
  return client;
}

function ask(client: LiveClient, wish: Omit<ListenMessage, "type">): void {
  const message = encodeListenerMessage({ type: "listen", ...wish });
  client.say(OPCODE.text, new TextEncoder().encode(message));
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${world.port}/metrics`)).text();
  return Number(new RegExp(`^rostra_edge_${name}[^ ]* (\\d+)$`, "m").exec(text)?.[1]);
}
const listeners = () => metric('listeners\\{(?:.*,)?protocol="websocket"');
const standbys = () => metric("standby_links");

it("hears nothing, is nobody's listener, and keeps the space followed for as long as it stands", async () => {
  world = await EdgeWorld.onAir();
  const client = await standBy();
  expect([await standbys(), await listeners()]).toEqual([1, 0]);
  await world.pass(BOUNDS.lingerMs + 2 * BOUNDS.pingMs);
  await client.until(() => client.pings > 0);
  expect(client.events).toEqual([{ type: "standby" }]);
  expect(client.frames).toEqual([]);
  expect(await metric("spaces")).toBe(1);
  client.close();
  await world.pass(BOUNDS.lingerMs + 1_000);
  expect([await standbys(), await metric("spaces")]).toEqual([0, 0]);
});

it("goes on where the listener's first edge stopped, frame by frame, with the first write", async () => {
  world = await EdgeWorld.onAir();
  const client = await standBy();
  await world.pass(3_000);
  const from = world.currentFrame - 30;
  ask(client, { from });
  await client.until(() => client.frames.length > 0);
  expect(client.of("welcome")[0]).toMatchObject({ space: { id: world.space.id } });
  await world.pass(2_000);
  await client.untilFrame(world.currentFrame - 10);
  expect(client.numbers).toEqual(everyNumber(from, client.numbers.at(-1)!));
  expect(client.frames.every(isFromStage)).toBe(true);
  expect([await standbys(), await listeners()]).toEqual([0, 1]);
  client.close();
  await world.pass(1_000);
  expect([await standbys(), await listeners()]).toEqual([0, 0]);
});

it("begins with the latest second, thin, where it asks for nothing else", async () => {
  world = await EdgeWorld.onAir();
  const client = await standBy();
  await world.pass(1_000);
  ask(client, { rendition: "thin" });
  await client.until(() => client.frames.length >= 50);
  expect(client.of("rendition")).toEqual([{ type: "rendition", rendition: "thin" }]);
  expect(world.currentFrame - client.frames[49]!.number).toBeLessThan(10);
});

it("is told to look elsewhere where a number makes no sense", async () => {
  world = await EdgeWorld.onAir();
  const wrong = await standBy();
  ask(wrong, { from: world.currentFrame + 100_000 });
  await wrong.untilClosed();
  expect(wrong.of("bye")).toEqual([{ type: "bye", reason: "moving", retryAfterMs: 0 }]);
  expect(wrong.closeCode).toBe(CLOSE.tryAgainLater);
  expect([await standbys(), await listeners()]).toEqual([0, 0]);
});

it("waits on, as a second link, until there is more than the first one brought", async () => {
  world = await EdgeWorld.onAir();
  const [stays, goes] = [await standBy(), await standBy()];
  const from = world.currentFrame;
  for (const client of [stays, goes]) {
    ask(client, { from, second: true });
    ask(client, { from, second: true });
  }
  await world.pass(100);
  expect([stays.frames.length, await standbys()]).toEqual([0, 2]);
  goes.close();
  await world.pass(400);
  await stays.until(() => stays.frames.length >= 8);
  expect(stays.numbers).toEqual(everyNumber(from, stays.numbers.at(-1)!));
  expect(stays.of("welcome")).toHaveLength(1);
  await world.pass(100);
  expect([await standbys(), await listeners()]).toEqual([0, 1]);
});

it("isn't counted, as one that comes back, while the edge before may be counted yet", async () => {
  world = await EdgeWorld.onAir();
  const onlooker = connect("?sound=none");
  const shown = () => onlooker.of("listeners").map(({ listeners: { now, peak } }) => [now, peak]);
  const client = await standBy();
  ask(client, { from: world.currentFrame - 10 });
  await world.pass(1_000);
  expect([await listeners(), shown()]).toEqual([1, []]);
  await world.pass(2_000);
  await onlooker.until(() => shown().length > 0);
  expect(shown()).toEqual([[1, 1]]);
});

it("isn't counted, as a second link, until the first one is gone from wherever that counts", async () => {
  world = await EdgeWorld.onAir();
  const onlooker = connect("?sound=none");
  const shown = () => onlooker.of("listeners").map(({ listeners: { now, peak } }) => [now, peak]);
  const client = await standBy();
  ask(client, { from: world.currentFrame - 10, second: true });
  const direct = connect(`?from=${world.currentFrame - 10}&second=1`);
  await world.pass(SIDE_BY_SIDE_MS);
  expect([await listeners(), shown()]).toEqual([2, []]);
  direct.close();
  await world.pass(3_000);
  await onlooker.until(() => shown().length > 0);
  expect(shown()).toEqual([[1, 1]]);
  client.close();
  await world.pass(2_000);
  await onlooker.until(() => shown().length > 1);
  expect(shown()).toEqual([
    [1, 1],
    [0, 1],
  ]);
});

it("waits on, as a second link, where there is but what the edge makes up itself, and may ask again", async () => {
  world = await EdgeWorld.onAir();
  const client = await standBy();
  const from = world.currentFrame;
  world.onAir = false;
  ask(client, { from, second: true });
  await world.pass(400);
  expect(client.of("standby")).toHaveLength(1);
  await world.pass(400);
  await client.until(() => client.of("standby").length === 2);
  // Once for each time that it asks.
  await world.pass(400);
  expect([client.of("standby").length, client.frames.length]).toEqual([2, 0]);
  expect([await standbys(), await listeners()]).toEqual([1, 0]);
  ask(client, { from });
  await client.until(() => client.frames.length > 0);
  expect([await standbys(), await listeners()]).toEqual([0, 1]);
  const second = connect(`?from=${from}&second=1`);
  await second.untilClosed();
  expect(second.status).toBe(503);
});

it("stands only where it could be let in, and makes room for those who listen", async () => {
  world = await EdgeWorld.onAir({ marks: { listeners: 10 } });
  const waiting = await Promise.all(Array.from({ length: 9 }, () => standBy()));
  const tenth = connect("?standby=1");
  await tenth.untilClosed();
  expect(tenth.status).toBe(503);
  const crowd = Array.from({ length: 4 }, () => connect(""));
  await Promise.all(crowd.map((client) => client.untilEvent("welcome")));
  await world.pass(1_000);
  expect([await standbys(), await listeners()]).toEqual([5, 4]);
  const sent = waiting.filter((client) => client.of("bye").length > 0);
  expect(sent.map((client) => client.closeCode)).toEqual(Array(4).fill(CLOSE.tryAgainLater));
});

it("ends with the space, and is sent on by an edge that goes", async () => {
  world = await EdgeWorld.onAir();
  const [first, second] = [await standBy(), await standBy()];
  ask(first, {});
  world.putSpace({ state: "ended", endedAtMs: world.clock.nowMs() });
  await world.pass(1_000);
  await Promise.all([first.untilClosed(), second.untilClosed()]);
  for (const client of [first, second]) expect(client.closeCode).toBe(CLOSE.ended);
  await world.close();
  world = await EdgeWorld.onAir();
  const client = await standBy();
  const hurry = new AbortController();
  const drained = world.edges[0]!.drain({ withinMs: 1_000, hurry: hurry.signal });
  await world.pass(2_000);
  await client.untilClosed();
  expect(client.of("bye")).toEqual([{ type: "bye", reason: "moving", retryAfterMs: 0 }]);
  expect(client.closeCode).toBe(CLOSE.goingAway);
  await drained;
});

it("says whatever it likes before, and is heard only once", async () => {
  world = await EdgeWorld.onAir();
  const client = await standBy();
  const say = (text: string) => client.say(OPCODE.text, new TextEncoder().encode(text));
  say('{"type":"reaction","emoji":"👏"}');
  say('{"type":"listen","from":-4}');
  await world.pass(500);
  expect(client.frames).toEqual([]);
  ask(client, {});
  ask(client, { from: 0 });
  await client.until(() => client.frames.length >= 50);
  await world.pass(1_000);
  await client.untilFrame(world.currentFrame - 10);
  expect(client.numbers).toEqual(everyNumber(client.numbers[0]!, client.numbers.at(-1)!));
  expect(client.of("welcome")).toHaveLength(1);
});
