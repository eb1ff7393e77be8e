import { CLOSE, LIMITS, OPCODE, STATE_KEYS } from "@rostra/wire";
import { afterEach, describe, expect, it } from "vitest";
import { BOUNDS } from "../../src/bounds.ts";
import { EdgeWorld, isFromStage } from "../support/edge-world.ts";
import { everyNumber, LiveClient, UPGRADE } from "../support/live-client.ts";
import { getRequest, RawClient } from "../support/raw-client.ts";

let world: EdgeWorld;
const clients: RawClient[] = [];

function listen(query = "", port = world.port): LiveClient {
  const client = new LiveClient(port, `${world.path}${query}`);
  clients.push(client);
  return client;
}

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await world.close();
});

describe("a newcomer", () => {
  it("gets the welcome and the latest second before anything else happens", async () => {
    world = await EdgeWorld.onAir();
    const client = listen();
    await client.until(() => client.frames.length > 0);
    const [welcome] = client.of("welcome");
    expect(welcome).toMatchObject({
      protocol: 1,
      space: { id: world.space.id, title: "Evening talk" },
      stage: { up: true, connected: [], speaking: [], deadAir: false },
      serverTimeMs: world.clock.nowMs(),
      cadenceMs: 100,
    });
    expect(client.frames).toHaveLength(50);
    expect(client.frames.every(isFromStage)).toBe(true);
    expect(world.currentFrame - client.frames.at(-1)!.number).toBeLessThan(10);
  });

  it("goes on with one chunk a beat, none missing and none double", async () => {
    world = await EdgeWorld.onAir();
    const [first, second] = [listen(), listen()];
    await Promise.all([first, second].map((it) => it.until(() => it.frames.length >= 50)));
    await world.pass(2_000);
    const last = world.currentFrame - 6;
    await Promise.all([first.untilFrame(last), second.untilFrame(last)]);
    expect(first.numbers).toEqual(everyNumber(first.numbers[0]!, first.numbers.at(-1)!));
    expect(first.chunkSizes.slice(1).every((size) => size === 5)).toBe(true);
    expect(second.frames).toEqual(first.frames);
  });

  it("hears the events alone where it asks for no sound, and isn't counted", async () => {
    world = await EdgeWorld.onAir();
    const client = listen("?sound=none");
    await client.untilEvent("welcome");
    await world.pass(2_000);
    world.putSpace({ title: "Another title" });
    await world.pass(200);
    await client.until(() => client.of("space").at(-1)?.space.title === "Another title");
    expect(client.frames).toEqual([]);
    expect(client.of("listeners")).toEqual([]);
  });

  it("waits for the first frames of a space that has none", async () => {
    world = new EdgeWorld();
    world.onAir = false;
    world.putSpace({ epochMs: world.clock.nowMs() });
    await world.openEdge();
    const client = listen();
    await client.untilEvent("welcome");
    expect(client.of("welcome")[0]).toMatchObject({ latestFrame: null, oldestFrame: null });
    await world.pass(1_000);
    await client.until(() => client.frames.length > 10);
    expect(client.frames.every((frame) => frame.holding)).toBe(true);
  });
});

describe("who resumes by number", () => {
  it("gets what it missed and joins the others, with no gap and nothing twice", async () => {
    world = await EdgeWorld.onAir();
    await world.pass(20_000);
    const from = world.currentFrame - 900;
    const client = listen(`?from=${from}`);
    await client.untilFrame(world.currentFrame - 10);
    await world.pass(1_000);
    await client.untilFrame(world.currentFrame - 10);
    expect(client.numbers).toEqual(everyNumber(from, client.numbers.at(-1)!));
    expect(Math.max(...client.chunkSizes)).toBe(LIMITS.chunkFrames);
    expect(client.chunkSizes.at(-1)).toBe(5);
  });

  it("gets what there is where it asks for more than is held", async () => {
    world = await EdgeWorld.onAir();
    const client = listen("?from=0");
    await client.untilFrame(world.currentFrame - 10);
    const oldest = client.of("welcome")[0]!.oldestFrame!;
    expect(oldest).toBeGreaterThan(0);
    expect(client.numbers).toEqual(everyNumber(oldest, client.numbers.at(-1)!));
  });

  it("waits for its number where this edge is behind the one before", async () => {
    world = await EdgeWorld.onAir();
    const from = world.currentFrame + 20;
    const client = listen(`?from=${from}`);
    await client.untilEvent("welcome");
    await world.pass(1_000);
    await client.untilFrame(from + 10);
    expect(client.numbers).toEqual(everyNumber(from, client.numbers.at(-1)!));
  });

  it("misses nothing when its edge dies and another takes it", async () => {
    world = await EdgeWorld.onAir();
    const other = await world.openEdge();
    const before = listen();
    await world.pass(1_000);
    await before.untilFrame(world.currentFrame - 10);
    before.close();
    await world.pass(1_500);
    const after = listen(`?from=${before.numbers.at(-1)! + 1}`, other.port);
    await world.pass(500);
    await after.untilFrame(world.currentFrame - 10);
    const all = [...before.frames, ...after.frames];
    expect(all.map((frame) => frame.number)).toEqual(
      everyNumber(all[0]!.number, all.at(-1)!.number),
    );
    expect(all.every(isFromStage)).toBe(true);
  });

  it("is served by an edge that has just started, from what the relay remembers", async () => {
    world = await EdgeWorld.onAir();
    await world.pass(30_000);
    const fresh = await world.openEdge();
    const from = world.currentFrame - 1_400;
    const client = listen(`?from=${from}`, fresh.port);
    await world.pass(300);
    await client.untilFrame(world.currentFrame - 10);
    expect(client.numbers).toEqual(everyNumber(from, client.numbers.at(-1)!));
    expect(client.frames.every(isFromStage)).toBe(true);
  });

  it("hears of what happens while it catches up", async () => {
    world = await EdgeWorld.onAir();
    const client = listen(`?from=${world.currentFrame + 200}`);
    await client.untilEvent("welcome");
    world.putSpace({ title: "Meanwhile" });
    await world.pass(200);
    await client.untilEvent("space");
    expect(client.frames).toEqual([]);
  });

  it.each(["-1", "x", "1.5", "", "1&from=2", "9007199254740993", "9999999"])(
    "is refused with from=%s",
    async (from) => {
      world = await EdgeWorld.onAir();
      const client = listen(`?from=${from}`);
      await client.untilClosed();
      expect(client.status).toBe(400);
      expect(JSON.parse(client.body.toString())).toMatchObject({
        type: "urn:rostra:problem:bad-request",
      });
    },
  );
});

describe("room events", () => {
  it("tell whether the stage is there, who is connected and who speaks", async () => {
    world = await EdgeWorld.onAir();
    const client = listen();
    await client.untilEvent("welcome");
    const ada = world.space.members[0]!.id;
    const activity = { connected: [ada], speaking: [ada], deadAir: false };
    world.backstage.put(STATE_KEYS.activity(world.space.id), activity);
    await world.pass(200);
    await client.until(() => client.of("stage").length === 1);
    expect(client.of("stage")[0]!.stage).toEqual({ ...activity, up: true });
    world.backstage.put(STATE_KEYS.service("stage-1"), undefined);
    await world.pass(200);
    await client.until(() => client.of("stage").length === 2);
    expect(client.of("stage")[1]!.stage).toEqual({
      connected: [],
      speaking: [],
      deadAir: false,
      up: false,
    });
  });

  it("tell how many listen on all edges, at most once a second", async () => {
    world = await EdgeWorld.onAir();
    const other = await world.openEdge();
    await world.pass(200);
    const first = listen();
    listen("", other.port);
    const third = listen("", other.port);
    await third.untilEvent("welcome");
    await world.pass(2_000);
    await first.until(() => first.of("listeners").at(-1)?.listeners.now === 3);
    expect(first.of("listeners").length).toBeLessThanOrEqual(3);
    third.close();
    await world.pass(3_000);
    await first.until(() => first.of("listeners").at(-1)?.listeners.now === 2);
    expect(first.of("listeners").at(-1)?.listeners.peak).toBe(3);
  });

  it("count nobody for five seconds where their edge stood still: its listeners are elsewhere by then", async () => {
    world = await EdgeWorld.onAir();
    const client = listen();
    await client.untilEvent("welcome");
    await world.pass(2_000);
    const counts: unknown[] = [];
    world.backstage.watch(STATE_KEYS.listenerCounts, (_, value) => counts.push(value));
    world.clock.stall(3_000);
    await world.pass(4_900);
    expect(counts).toEqual([{ [world.space.id]: 1 }, {}]);
    await world.pass(1_500);
    expect(counts.at(-1)).toEqual({ [world.space.id]: 1 });
    expect(client.closeCode).toBeUndefined();
  });

  it("end with a bye when the space does, after its last frame", async () => {
    world = await EdgeWorld.onAir();
    const client = listen();
    await client.untilEvent("welcome");
    world.putSpace({ state: "ended", endedAtMs: world.clock.nowMs() });
    const last = world.currentFrame;
    await world.pass(1_000);
    await client.untilClosed();
    expect(client.frames.at(-1)!.number).toBe(last);
    expect(client.of("bye")).toEqual([{ type: "bye", reason: "ended", retryAfterMs: null }]);
    expect(client.closeCode).toBe(CLOSE.ended);
    const late = listen();
    await late.untilClosed();
    expect(late.status).toBe(410);
  });

  it("go on while nobody knows of the space for a moment, and so does who comes then", async () => {
    world = await EdgeWorld.onAir();
    const client = listen();
    await client.untilEvent("welcome");
    world.backstage.put(STATE_KEYS.space(world.space.id), undefined);
    await world.pass(5_000);
    const newcomer = listen();
    await newcomer.until(() => newcomer.frames.length > 0);
    world.putSpace({});
    await world.pass(20_000);
    await client.untilFrame(world.currentFrame - 10);
    expect(client.of("bye")).toEqual([]);
    world.backstage.put(STATE_KEYS.space(world.space.id), undefined);
    await world.pass(12_000);
    await Promise.all([client.untilClosed(), newcomer.untilClosed()]);
    expect(client.of("bye")).toEqual([{ type: "bye", reason: "ended", retryAfterMs: null }]);
  });

  it("end with a bye that spreads listeners when the edge goes away", async () => {
    world = await EdgeWorld.onAir();
    const many = Array.from({ length: 12 }, () => listen());
    await Promise.all(many.map((client) => client.untilEvent("welcome")));
    const closing = world.edges[0]!.close();
    await Promise.all(many.map((client) => client.untilClosed()));
    await world.clock.advanceSettling(2_000);
    await closing;
    const waits = many.map((client) => client.of("bye")[0]!.retryAfterMs!);
    expect(waits.every((ms) => ms >= 0 && ms <= 1_000)).toBe(true);
    expect(new Set(waits).size).toBeGreaterThan(1);
    expect(many.every((client) => client.closeCode === CLOSE.goingAway)).toBe(true);
    world.edges.length = 0;
  });
});

describe("when the stage is away", () => {
  it("the sound goes on by itself and the numbers continue", async () => {
    world = await EdgeWorld.onAir();
    const client = listen();
    await client.untilEvent("welcome");
    world.onAir = false;
    await world.pass(1_500);
    world.onAir = true;
    await world.pass(1_000);
    await client.untilFrame(world.currentFrame - 10);
    expect(client.numbers).toEqual(everyNumber(client.numbers[0]!, client.numbers.at(-1)!));
    const held = client.frames.filter((frame) => frame.holding);
    expect(held).toHaveLength(75);
    expect(isFromStage(client.frames.at(-1)!)).toBe(true);
  });
});

describe("the connection", () => {
  it("answers pings, sends its own, and returns a close", async () => {
    world = await EdgeWorld.onAir();
    const client = listen();
    await client.untilEvent("welcome");
    client.say(OPCODE.ping, new TextEncoder().encode("there?"));
    await client.until(() => client.pongs === 1);
    await world.pass(BOUNDS.pingMs + 200);
    await client.until(() => client.pings === 1);
    client.say(OPCODE.close, Uint8Array.of(0x03, 0xe8));
    await client.untilClosed();
    expect(client.closeCode).toBe(CLOSE.normal);
  });

  it("is refused, with the reason, where the handshake isn't one", async () => {
    world = await EdgeWorld.onAir();
    const attempt = async (headers: Record<string, string>, path = world.path) => {
      const client = new RawClient(world.port, getRequest(path, headers));
      clients.push(client);
      await client.until(() => client.body.length > 0);
      return client.status;
    };
    expect(await attempt({})).toBe(426);
    expect(await attempt({ ...UPGRADE, "Sec-WebSocket-Version": "12" })).toBe(426);
    expect(await attempt({ ...UPGRADE, "Sec-WebSocket-Key": "short" })).toBe(400);
    expect(await attempt({ ...UPGRADE, "Sec-WebSocket-Protocol": "mqtt" })).toBe(400);
    expect(await attempt(UPGRADE, `${world.path}?sound=loud`)).toBe(400);
    expect(await attempt(UPGRADE, "/live/0000000000000000")).toBe(404);
    expect(await attempt(UPGRADE, "/api/v1/spaces")).toBe(404);
    expect(await attempt(UPGRADE, `${world.path}.ogg`)).toBe(400);
  });
});
