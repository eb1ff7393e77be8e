import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { GATE_BOUNDS } from "../../src/gate/limits.ts";
import type { EdgeOptions } from "../../src/index.ts";
import { EdgeWorld } from "../support/edge-world.ts";
import { LiveClient, UPGRADE } from "../support/live-client.ts";
import { getRequest, RawClient } from "../support/raw-client.ts";

let world: EdgeWorld;
const clients: { close(): void }[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await world.close();
});

/** Nobody is trusted here: callers on this machine are counted like all others. */
async function open(gate: EdgeOptions["gate"]): Promise<void> {
  world = await EdgeWorld.onAir({ trustedProxies: [], ...(gate && { gate }) });
}

function raw(opening: string): RawClient {
  const client = new RawClient(world.port, opening);
  clients.push(client);
  return client;
}

function listen(): LiveClient {
  const client = new LiveClient(world.port, world.path);
  clients.push(client);
  return client;
}

async function answered(client: RawClient): Promise<number> {
  await client.until(() => client.status > 0, "an answer");
  return client.status;
}

describe("joins from one address", () => {
  it("beyond its pace are told when to come back, over every way of listening", async () => {
    await open({ joinBurst: 2, joinsPerSecond: 1 });
    for (let at = 0; at < 2; at += 1) expect(await answered(listen())).toBe(101);
    const late = [
      raw(getRequest(world.path, UPGRADE)),
      raw(getRequest(`${world.path}.ogg`)),
      raw(getRequest(`${world.path}.aac`)),
    ];
    for (const client of late) {
      expect(await answered(client)).toBe(429);
      await client.until(() => client.body.includes("urn:rostra:problem:too-many"));
      expect(client.received.toString()).toMatch(/retry-after: 1\r\n/i);
    }
    await world.pass(1_000);
    expect(await answered(listen())).toBe(101);
  });

  it("leave playlists, frames and the site alone", async () => {
    await open({ joinBurst: 1, joinsPerSecond: 0.001 });
    expect(await answered(listen())).toBe(101);
    const { currentFrame } = world;
    const frames = await fetch(
      world.url(`/frames?from=${currentFrame - 50}&to=${currentFrame - 40}`),
    );
    expect(frames.status).toBe(200);
  });

  it("are told apart by what a trusted proxy says", async () => {
    world = await EdgeWorld.onAir({ gate: { joinBurst: 1, joinsPerSecond: 0.001 } });
    const from = (address: string) =>
      answered(raw(getRequest(`${world.path}.ogg`, { "X-Forwarded-For": address })));
    expect(await from("192.0.2.1")).toBe(200);
    expect(await from("192.0.2.2")).toBe(200);
    expect(await from("192.0.2.1")).toBe(429);
    expect(await from("2001:db8::1")).toBe(200);
    expect(await from("2001:db8::2")).toBe(429);
    // This machine itself is not limited.
    expect(await answered(raw(getRequest(`${world.path}.ogg`)))).toBe(200);
  });

  it("can't be told apart by what anybody else says", async () => {
    await open({ joinBurst: 1, joinsPerSecond: 0.001 });
    const from = (address: string) =>
      answered(raw(getRequest(`${world.path}.ogg`, { "X-Forwarded-For": address })));
    expect(await from("192.0.2.1")).toBe(200);
    expect(await from("192.0.2.2")).toBe(429);
  });
});

describe("connections that say nothing", () => {
  it("are cut when their time is over, whether they drip headers or are silent", async () => {
    await open(undefined);
    const silent = raw("");
    const slow = raw(`GET ${world.path}.ogg HTTP/1.1\r\nHost: r`);
    await once(slow.socket, "connect");
    // A header line now and then doesn't buy time.
    for (let passedMs = 0; passedMs < GATE_BOUNDS.greetingMs - 1_000; passedMs += 1_000) {
      await world.pass(1_000);
      slow.socket.write(`\r\nX-${passedMs}: y`);
    }
    expect([silent.closed, slow.closed]).toEqual([false, false]);
    await world.pass(2_500);
    await silent.untilClosed();
    await slow.untilClosed();
  });

  it("are bounded for each address, and listeners don't count", async () => {
    await open({ waiting: 3 });
    // More than may wait, one after the other: who has joined waits no longer.
    for (let at = 0; at < 6; at += 1) await listen().untilEvent("welcome");
    const silent = Array.from({ length: 40 }, () => raw(""));
    const left = () => silent.filter((client) => !client.closed);
    await world.passUntil(() => left().length <= 3);
    const kept = left();
    expect(kept).toHaveLength(3);
    kept[0]!.close();
    await world.pass(200);
    const newcomer = listen();
    await newcomer.untilEvent("welcome");
  });

  it("don't keep those away who speak", async () => {
    await open({ plain: 3, waiting: 3 });
    const idle = Array.from({ length: 3 }, () => raw(getRequest("/healthz")));
    for (const client of idle) expect(await answered(client)).toBe(200);
    const fourth = raw(getRequest("/healthz"));
    await fourth.untilClosed();
    expect(fourth.received.length).toBe(0);
    idle[0]!.close();
    await world.pass(100);
    expect(await answered(raw(getRequest("/healthz")))).toBe(200);
  });
});

describe("one connection", () => {
  it("that sends many requests without waiting for an answer is cut", async () => {
    await open(undefined);
    const many = getRequest(`${world.path}/index.m3u8`).repeat(GATE_BOUNDS.pipelined + 5);
    const client = raw(many);
    await client.untilClosed();
  });

  it("that takes nothing of its answer is cut, while listeners go on", async () => {
    await open(undefined);
    await world.pass(30_000);
    const listener = listen();
    await listener.untilEvent("welcome");
    const head = world.currentFrame;
    const request = getRequest(`${world.path}/frames?from=${head - 1_400}&to=${head - 10}`);
    const stuck = connect({ port: world.port, host: "127.0.0.1" });
    clients.push({ close: () => stuck.destroy() });
    stuck.on("error", () => {});
    stuck.pause();
    // More than the kernel's buffers hold.
    for (let at = 0; at < GATE_BOUNDS.pipelined; at += 1) stuck.write(request);
    await once(stuck, "connect");
    await world.pass(GATE_BOUNDS.answerMs + 3_000);
    await untilCut(stuck);
    await listener.untilFrame(world.currentFrame - 50);
  });
});

/** Reading on brings what lay in the buffers, and then the end. */
async function untilCut(socket: Socket): Promise<void> {
  socket.resume();
  if (!socket.destroyed) await once(socket, "close");
}
