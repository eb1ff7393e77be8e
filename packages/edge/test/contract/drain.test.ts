import { freeTcpPort } from "@rostra/testkit";
import type { MoveEvent } from "@rostra/wire";
import { afterEach, expect, it } from "vitest";
import type { Edge } from "../../src/index.ts";
import { EdgeWorld } from "../support/edge-world.ts";
import { LiveClient } from "../support/live-client.ts";
import { getRequest, RawClient } from "../support/raw-client.ts";

const DRAIN_MS = 10_000;

let world: EdgeWorld;
let urls: string[];
const clients: RawClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await world.close();
});

/** Edges with addresses of their own, or behind one, on air for two seconds. */
async function openEdges(count: number, isShared = false): Promise<void> {
  world = new EdgeWorld();
  world.announce("control", "http://127.0.0.1:9");
  urls = [];
  for (let made = 0; made < count; made += 1) {
    const port = await freeTcpPort();
    const publicUrl = `http://127.0.0.1:${port}`;
    const http = { host: "127.0.0.1", port };
    await world.openEdge({ http, publicUrl: isShared ? null : publicUrl });
    urls.push(publicUrl);
  }
  await world.pass(2_000);
}

function open(url: string, query = ""): LiveClient {
  const client = new LiveClient(Number(new URL(url).port), world.path + query);
  clients.push(client);
  return client;
}

async function join(url: string, query = ""): Promise<LiveClient> {
  const client = open(url, query);
  await client.until(() => client.status > 0, "an answer");
  return client;
}

/** The drain of the first edge, begun: `done` tells when it's over. */
function drain(hurry = new AbortController()): { done: boolean; edge: Edge } {
  const edge = world.edges[0]!;
  const draining = { done: false, edge };
  void edge.drain({ withinMs: DRAIN_MS, hurry: hurry.signal }).then(() => {
    draining.done = true;
  });
  return draining;
}

const moveOf = (client: LiveClient) =>
  client.events.find((event): event is MoveEvent => event.type === "move");

it("tells its listeners where there is room, goes on for them, and is done when they have gone", async () => {
  await openEdges(2);
  const listeners = await Promise.all([join(urls[0]!), join(urls[0]!, "?sound=none")]);
  const draining = drain();
  await world.pass(500);
  const [listener] = listeners as [LiveClient, LiveClient];
  for (const each of listeners) {
    expect(moveOf(each)?.tiers).toEqual([
      expect.objectContaining({ tier: "live", url: urls[1]! + world.path }),
    ]);
  }
  const before = listener.numbers.at(-1)!;
  await world.pass(500);
  expect(listener.numbers.at(-1)).toBeGreaterThan(before + 20);
  expect(draining.done).toBe(false);

  // As a client does it: the new connection stands before the old one goes, and overlaps with it.
  const next = await join(urls[1]!, `?from=${before + 1}`);
  await world.pass(300);
  expect(next.numbers[0]).toBe(before + 1);
  for (const each of listeners) each.close();
  await world.pass(300);
  expect(draining.done).toBe(true);
});

it("sends newcomers and who comes back to another edge, and isn't ready any more", async () => {
  await openEdges(2);
  const stays = await join(urls[0]!);
  expect((await fetch(`${urls[0]}/readyz`)).status).toBe(200);
  drain();
  await world.pass(200);
  for (const query of ["", "?from=5"]) {
    const newcomer = await join(urls[0]!, query);
    expect(newcomer.status).toBe(307);
    expect(newcomer.received.toString("latin1")).toContain(`location: ${urls[1]}${world.path}`);
  }
  const elsewhere = await fetch(`${urls[1]}/api/v1/spaces/${world.space.id}/listen`);
  const { tiers } = (await elsewhere.json()) as { tiers: { url: string }[] };
  expect(tiers.every(({ url }) => url.startsWith(urls[1]!))).toBe(true);
  const readiness = await fetch(`${urls[0]}/readyz`);
  expect(readiness.status).toBe(503);
  expect(await readiness.text()).toContain("drains");
  expect((await fetch(`${urls[1]}/readyz`)).status).toBe(200);
  stays.close();
});

it("tells a few at a time, and streams have their sound until the time is over", async () => {
  await openEdges(2);
  const listeners = await Promise.all(Array.from({ length: 30 }, () => join(urls[0]!)));
  const stream = new RawClient(Number(new URL(urls[0]!).port), getRequest(`${world.path}.ogg`));
  clients.push(stream);
  await stream.until(() => stream.status === 200, "a stream");
  const draining = drain();
  await world.pass(60);
  const told = listeners.filter((each) => moveOf(each) !== undefined).length;
  expect(told).toBeGreaterThan(0);
  expect(told).toBeLessThan(30);
  await world.pass(500);
  expect(listeners.every((each) => moveOf(each) !== undefined)).toBe(true);
  for (const each of listeners) each.close();
  const before = stream.body.length;
  await world.pass(DRAIN_MS - 1_500);
  expect(stream.body.length).toBeGreaterThan(before);
  expect(draining.done).toBe(false);
  await world.pass(1_500);
  expect(draining.done).toBe(true);
});

it("gives a balancer in front of it time to notice, before it sends anybody back to that", async () => {
  await openEdges(2, true);
  const listener = await join(urls[0]!);
  drain();
  await world.pass(1_500);
  expect(moveOf(listener)).toBeUndefined();
  expect((await fetch(`${urls[0]}/readyz`)).status).toBe(503);
  await world.pass(1_500);
  expect(moveOf(listener)?.tiers).toEqual([
    expect.objectContaining({ tier: "live", url: world.path }),
  ]);
});

it("is done at once where nobody else has room: the farewell says when to come back", async () => {
  await openEdges(1);
  const listener = await join(urls[0]!);
  const draining = drain();
  await world.pass(100);
  expect(draining.done).toBe(true);
  const closing = draining.edge.close();
  await world.pass(2_000);
  await closing;
  expect(listener.events.at(-1)).toMatchObject({ type: "bye", reason: "moving" });
  expect(moveOf(listener)).toBeUndefined();
  world.edges.pop();
});

it("is done at once when it is told to hurry", async () => {
  await openEdges(2);
  await join(urls[0]!);
  const hurry = new AbortController();
  const draining = drain(hurry);
  await world.pass(200);
  expect(draining.done).toBe(false);
  hurry.abort();
  await world.pass(100);
  expect(draining.done).toBe(true);
});
