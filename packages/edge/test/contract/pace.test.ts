import {
  decodeChunks,
  encodeListenerMessage,
  OPCODE,
  type ProgramFrame,
  packetOf,
  STATE_KEYS,
} from "@rostra/wire";
import { afterEach, describe, expect, it, vi } from "vitest";
import { BOUNDS } from "../../src/bounds.ts";
import { EdgeWorld, frameOf } from "../support/edge-world.ts";
import { everyNumber, LiveClient } from "../support/live-client.ts";
import { getRequest, RawClient } from "../support/raw-client.ts";

let world: EdgeWorld;
const clients: RawClient[] = [];

function keep<T extends RawClient>(client: T): T {
  clients.push(client);
  return client;
}

/** Whether the edge has counted any of those. */
async function has(name: string): Promise<boolean> {
  const page = await (await fetch(`http://127.0.0.1:${world.port}/metrics`)).text();
  return new RegExp(`^rostra_edge_${name}\\{.*\\} [1-9]`, "m").test(page);
}

const listen = (query = "") => keep(new LiveClient(world.port, `${world.path}${query}`));

/** How many packets each whole Ogg page holds (RFC 3533, section 6); none here is over 254 bytes. */
function pagePackets(bytes: Buffer): number[] {
  const found: number[] = [];
  for (let at = 0; at + 27 <= bytes.length; ) {
    const segments = bytes[at + 26]!;
    const sizes = bytes.subarray(at + 27, at + 27 + segments);
    found.push(segments);
    at += 27 + segments + sizes.reduce((sum, size) => sum + size, 0);
  }
  return found;
}

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await world.close();
});

/** A frame whose thin packet can be told from the full one. */
function twinFrame(number: number): ProgramFrame {
  const frame = frameOf(number);
  return { ...frame, thin: frame.packet.slice(0, 20) };
}

const isThin = (frame: ProgramFrame) =>
  Buffer.from(frame.packet).equals(packetOf(twinFrame(frame.number), "thin"));

describe("the cadence", () => {
  it("gets longer with five seconds' notice, and no frame is lost or told twice", async () => {
    let busy = 0.2;
    world = await EdgeWorld.onAir({ pace: { utilisation: () => busy, machine: () => 0 } });
    const client = listen();
    await client.untilEvent("welcome");
    busy = 0.8;
    await world.pass(3_000);
    busy = 0.3;
    await client.untilEvent("cadence");
    const [change] = client.of("cadence");
    expect(change!.cadenceMs).toBe(200);
    const heardSoFar = client.frames.at(-1)!.number;
    expect(change!.fromFrame - heardSoFar).toBeGreaterThan(100);
    await world.pass(8_000);
    await client.untilFrame(world.currentFrame - 15);
    expect(client.numbers).toEqual(everyNumber(client.numbers[0]!, client.numbers.at(-1)!));
    const sizes = new Map<number, number>();
    let number = client.numbers[0]!;
    for (const size of client.chunkSizes) {
      sizes.set(number, size);
      number += size;
    }
    const later = [...sizes].filter(([first]) => first >= change!.fromFrame);
    expect(later.length).toBeGreaterThan(5);
    expect(later.every(([, size]) => size === 10)).toBe(true);
    const before = [...sizes].slice(2).filter(([first]) => first < change!.fromFrame - 10);
    expect(before.every(([, size]) => size === 5)).toBe(true);
    const newcomer = listen();
    await newcomer.untilEvent("welcome");
    expect(newcomer.of("welcome")[0]!.cadenceMs).toBe(200);
  });

  it("gets longer at once where the loop doesn't follow, and shorter when it has had room", async () => {
    let busy = 1;
    world = await EdgeWorld.onAir({ pace: { utilisation: () => busy, machine: () => 0 } });
    const client = listen();
    await client.untilEvent("welcome");
    await world.pass(10_000);
    await client.until(() => client.of("cadence").at(-1)?.cadenceMs === 1_000);
    busy = 0.1;
    await world.pass(110_000);
    await client.until(() => client.of("cadence").at(-1)?.cadenceMs === 100);
    await world.pass(2_000);
    await client.untilFrame(world.currentFrame - 10);
    expect(client.chunkSizes.at(-1)).toBe(5);
    expect(client.numbers).toEqual(everyNumber(client.numbers[0]!, client.numbers.at(-1)!));
  });

  it("is followed by Ogg listeners", async () => {
    world = await EdgeWorld.onAir({ pace: { cadenceMs: 1_000, utilisation: () => 0 } });
    const client = keep(new RawClient(world.port, getRequest(`${world.path}.ogg`)));
    await client.until(() => client.body.length > 0);
    await world.pass(4_000);
    await client.until(() => pagePackets(client.body).length >= 6);
    // Two pages of headers, a second for the newcomer, then a second at a time.
    const [head, tags, latest, , ...chunks] = pagePackets(client.body);
    expect([head, tags, latest]).toEqual([1, 1, 50]);
    expect(new Set(chunks)).toEqual(new Set([50]));
  });
});

describe("who comes from shorter chunks", () => {
  it("says so in the handshake, or over a link in waiting, and is eased into long ones", async () => {
    world = await EdgeWorld.onAir({ pace: { cadenceMs: 1_000, utilisation: () => 0 } });
    const waiting = keep(new LiveClient(world.port, `${world.path}?standby=1`));
    await waiting.untilEvent("standby");
    await world.pass(2_000);
    const from = world.currentFrame - 20;
    const comes = keep(new LiveClient(world.port, `${world.path}?from=${from}&cadence=500`));
    const message = encodeListenerMessage({ type: "listen", from, cadence: 500 });
    waiting.say(OPCODE.text, new TextEncoder().encode(message));
    for (const client of [comes, waiting]) {
      await client.untilEvent("welcome");
      await world.pass(12_000);
      await client.untilFrame(world.currentFrame - 60);
      expect(client.of("welcome")[0]!.cadenceMs).toBe(1_000);
      expect(client.numbers).toEqual(everyNumber(from, client.numbers.at(-1)!));
      // 500 ms are gained in 5 s, and 2 s are for the rest.
      expect(client.chunkSizes.slice(1, 13)).toEqual(Array(12).fill(25));
      expect(client.chunkSizes.at(-1)).toBe(50);
    }
  });

  it("is told where that is no length", async () => {
    world = await EdgeWorld.onAir();
    for (const cadence of ["0", "-5", "fast"]) {
      const client = keep(new LiveClient(world.port, `${world.path}?cadence=${cadence}`));
      await client.untilClosed();
      expect(client.status).toBe(400);
    }
  });
});

describe("frames", () => {
  it("may come together where chunks are long, in time for the parts of HLS where that is played", async () => {
    world = new EdgeWorld();
    const relay = world.relays.join();
    const asked = vi.spyOn(relay, "gatherFrames");
    await world.openEdge({ relay, pace: { cadenceMs: 1_000 } });
    const client = listen();
    await world.pass(3_000);
    await client.untilEvent("welcome");
    expect(asked.mock.calls).toEqual([[0, 0]]);
    await world.pass(5_000);
    expect(asked).toHaveBeenLastCalledWith(200, 0);
    expect((await fetch(world.url("/index.m3u8"))).ok).toBe(true);
    await world.pass(2_000);
    expect(asked).toHaveBeenLastCalledWith(100, process.pid);
    expect(client.numbers).toEqual(everyNumber(client.numbers[0]!, client.numbers.at(-1)!));
  });
});

describe("the thin rendition", () => {
  it("is what a listener gets who asks for it, over WebSocket and by number", async () => {
    world = new EdgeWorld();
    world.frameAt = twinFrame;
    await world.openEdge();
    await world.pass(2_000);
    const [thin, full] = [listen("?rendition=thin"), listen()];
    await Promise.all([thin, full].map((client) => client.untilEvent("welcome")));
    await world.pass(1_000);
    await Promise.all([thin, full].map((it) => it.untilFrame(world.currentFrame - 10)));
    expect(thin.of("rendition")).toEqual([{ type: "rendition", rendition: "thin" }]);
    expect(full.of("rendition")).toEqual([]);
    expect(thin.frames.every(isThin)).toBe(true);
    expect(full.frames.some(isThin)).toBe(false);
    const from = world.currentFrame - 40;
    const res = await fetch(world.url(`/frames?from=${from}&to=${from + 10}&rendition=thin`));
    expect(decodeChunks(new Uint8Array(await res.arrayBuffer())).every(isThin)).toBe(true);
    const resumed = listen(`?from=${from}&rendition=thin`);
    await resumed.untilFrame(world.currentFrame - 10);
    expect(resumed.frames.every(isThin)).toBe(true);
    expect(resumed.numbers[0]).toBe(from);
    for (const path of ["?rendition=rich", "?rendition=thin&rendition=thin"]) {
      const refused = listen(path);
      await refused.untilClosed();
      expect(refused.status).toBe(400);
    }
    expect((await fetch(world.url(".ogg?rendition=loud"))).status).toBe(400);
  });

  it("is what those get who don't follow, and they come back when they do", async () => {
    world = new EdgeWorld();
    world.frameAt = twinFrame;
    await world.openEdge();
    await world.pass(2_000);
    const client = listen();
    await client.untilEvent("welcome");
    client.socket.pause();
    // Events of 12 KB fill the kernel's buffers sooner than sound would.
    const [ada] = world.space.members;
    const members = Array.from({ length: 90 }, () => ({ ...ada!, displayName: "x".repeat(50) }));
    for (let change = 0; change < 3_000 && !(await has("chunks_skipped_total")); change += 1) {
      world.putSpace({ members });
      await world.pass(100);
    }
    await world.pass(BOUNDS.slowMs + 500);
    expect(await has("rendition_changes_total")).toBe(true);
    client.socket.resume();
    await client.untilEvent("rendition");
    await world.pass(1_000);
    await client.until(() => isThin(client.frames.at(-1)!));
    expect(client.closed).toBe(false);
    await world.pass(40_000);
    await client.until(() => client.of("rendition").at(-1)?.rendition === "full");
    await world.pass(1_000);
    await client.untilFrame(world.currentFrame - 10);
    expect(isThin(client.frames.at(-1)!)).toBe(false);
    // From where it was moved back on nothing is missing.
    const tail = client.numbers.slice(-200);
    expect(tail).toEqual(everyNumber(tail[0]!, tail.at(-1)!));
  });

  it("is what everybody gets while the edge's line is full", async () => {
    world = new EdgeWorld();
    world.frameAt = twinFrame;
    // One listener takes about 17 kbit/s of frames this small: this is under it.
    await world.openEdge({ pace: { utilisation: () => 0, mbits: 0.015 } });
    await world.pass(2_000);
    const client = listen();
    await client.untilEvent("welcome");
    await world.pass(6_000);
    await client.until(() => client.of("rendition").at(-1)?.rendition === "thin");
    const newcomer = listen();
    await newcomer.untilEvent("rendition");
    await world.pass(1_000);
    await Promise.all([client, newcomer].map((it) => it.untilFrame(world.currentFrame - 10)));
    expect([client, newcomer].every((it) => isThin(it.frames.at(-1)!))).toBe(true);
    expect(client.numbers).toEqual(everyNumber(client.numbers[0]!, client.numbers.at(-1)!));
  });

  it("is held on with where the stage is away, from the loop's own twin", async () => {
    world = await EdgeWorld.onAir();
    const loop = [frameOf(1).packet, frameOf(2).packet];
    const base64 = (packet: Uint8Array) => Buffer.from(packet).toString("base64");
    const thin = loop.map((packet) => packet.slice(0, 20));
    world.backstage.put(STATE_KEYS.holdingLoop, {
      packets: loop.map(base64),
      thin: thin.map(base64),
    });
    const client = listen("?rendition=thin");
    await client.untilEvent("welcome");
    world.onAir = false;
    await world.pass(2_000);
    await client.until(() => client.frames.at(-1)?.holding === true);
    const held = client.frames.at(-1)!;
    expect(Buffer.from(held.packet).equals(thin[held.number % 2]!)).toBe(true);
  });
});
