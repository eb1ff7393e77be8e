import { NatsServer } from "@rostra/testkit";
import { FRAME_MS, LIMITS, newSpaceId, type ProgramFrame, systemClock } from "@rostra/wire";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { connectNats, joinFleet, NEWEST, type Relay } from "../../src/index.ts";
import { NOBODY_OBSERVES } from "../../src/observer.ts";
import { type RelayWorld, relayContract } from "./relay-contract.ts";

// Real servers, each on a port of its own: what one of them does is seen by their clients alone.

let one: NatsServer;
let two: NatsServer;
let fleets = 0;

beforeAll(async () => {
  [one, two] = await Promise.all([NatsServer.start(), NatsServer.start()]);
});
afterAll(() => Promise.all([one.stop(), two.stop()]));

/** A fleet of its own on shared servers. */
function newFleet(servers: readonly NatsServer[]): RelayWorld & { join(): Promise<Relay> } {
  fleets += 1;
  const fleet = `test-${fleets}`;
  let processes = 0;
  return {
    join: async () => {
      processes += 1;
      const name = `process-${processes}`;
      const buses = await connectNats(servers.map(({ url }) => ({ servers: [url] })));
      return joinFleet({ buses, name, fleet });
    },
    close: async () => {},
  };
}

relayContract("fleet, one NATS server", async () => newFleet([one]));
relayContract("fleet, two NATS servers", async () => newFleet([one, two]));

const WITHIN = { timeout: 8_000, interval: 10 };

describe("a fleet on two NATS servers", () => {
  it("hands each frame on once, though it comes over both", async () => {
    const { stage, edge, got, spaceId } = await stageAndEdge();
    for (let n = 1; n <= 50; n += 1) stage.publishFrames(spaceId, [frame(n)]);
    await vi.waitFor(() => expect(got).toHaveLength(50), WITHIN);
    await edge.flush();
    expect(got).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    await Promise.all([stage.close(), edge.close()]);
  });

  it("lets frames come together to who has asked for that, all of them, and answers at once", async () => {
    const { stage, edge, got, spaceId } = await stageAndEdge();
    edge.gatherFrames(200, 0);
    const turns = new Set<number>();
    let turn = 0;
    const counting = setInterval(() => {
      turn += 1;
    }, 1);
    edge.follow(spaceId, { take: () => turns.add(turn) });
    for (let n = 1; n <= 60; n += 1) {
      stage.publishFrames(spaceId, [frame(n)]);
      await new Promise((done) => setTimeout(done, FRAME_MS));
      if (n !== 35) continue;
      // Nothing is read just now, but for this.
      expect((await edge.history(spaceId, 33, 35)).map(({ number }) => number)).toEqual([
        33, 34, 35,
      ]);
    }
    clearInterval(counting);
    await vi.waitFor(() => expect(got).toHaveLength(60), WITHIN);
    expect(got.sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
    expect(turns.size).toBeLessThan(45);
    await Promise.all([stage.close(), edge.close()]);
  });

  it("goes on without a gap when one of them is killed, or stands still", async () => {
    const { stage, edge, got, spaceId } = await stageAndEdge();
    let next = 1;
    const say = async (count: number) => {
      for (const until = next + count; next < until; next += 1) {
        stage.publishFrames(spaceId, [frame(next)]);
        await new Promise((done) => setTimeout(done, 5));
      }
    };
    await say(20);
    await one.kill();
    await say(40);
    await one.restart();
    // Longer than its clients take to notice that it's back.
    await say(150);
    two.pause();
    await say(100);
    two.resume();
    await say(20);
    await vi.waitFor(() => expect(got).toHaveLength(next - 1), WITHIN);
    // In which order two paths give them is not promised.
    expect(got.sort((a, b) => a - b)).toEqual(Array.from({ length: next - 1 }, (_, i) => i + 1));
    await Promise.all([stage.close(), edge.close()]);
  });
});

describe("a fleet whose makers of frames have gone", () => {
  it("asks who follows for what that keeps, however long ago it was", async () => {
    const world = newFleet([one, two]);
    const [stage, edge, late] = [await world.join(), await world.join(), await world.join()];
    const spaceId = newSpaceId();
    const kept: ProgramFrame[] = [];
    edge.follow(spaceId, {
      take: (frames) => kept.push(...frames),
      recall: (from, to) => kept.filter(({ number }) => number >= from && number <= to),
    });
    await edge.flush();
    // More than the relay itself keeps for who keeps them.
    for (let n = 1; n <= 600; n += 1) stage.publishFrames(spaceId, [frame(n)]);
    await vi.waitFor(() => expect(kept).toHaveLength(600), WITHIN);
    await stage.close();
    const recalled = async (from: number, to: number) =>
      (await late.history(spaceId, from, to)).map(({ number }) => number);
    await vi.waitFor(async () => expect(await recalled(1, 3)).toEqual([1, 2, 3]), WITHIN);
    expect(await recalled(598, NEWEST)).toEqual([598, 599, 600]);
    expect(await recalled(1, NEWEST)).toHaveLength(LIMITS.chunkFrames);
    await Promise.all([edge.close(), late.close()]);
  });
});

describe("a fleet whose only NATS server goes", () => {
  it("keeps what it knows, and catches up by itself when the server is back", async () => {
    const world = newFleet([one]);
    const [stage, edge] = [await world.join(), await world.join()];
    stage.put("service/stage", { up: 1 }, { ephemeral: true });
    stage.put("space/a", 1);
    stage.put("space/b", 1);
    const seen = follow(edge);
    await vi.waitFor(() => expect(seen.size).toBe(3), WITHIN);
    await one.kill();
    // Longer than it takes to be taken for gone.
    await new Promise((done) => setTimeout(done, 1_500));
    expect(Object.fromEntries(seen)).toEqual({
      "service/stage": { up: 1 },
      "space/a": 1,
      "space/b": 1,
    });
    stage.put("space/a", 2);
    stage.put("space/b", undefined);
    stage.put("space/c", 3);
    await one.restart();
    await vi.waitFor(() => {
      expect(Object.fromEntries(seen)).toEqual({
        "service/stage": { up: 1 },
        "space/a": 2,
        "space/c": 3,
      });
    }, WITHIN);
    await Promise.all([stage.close(), edge.close()]);
  });

  it("says where it looked when no server answers at the start", async () => {
    const nobody = await NatsServer.start();
    await nobody.kill();
    await expect(connectNats([{ servers: [nobody.url] }])).rejects.toMatchObject({
      code: "unreachable",
      message: expect.stringContaining(nobody.url),
    });
  }, 10_000);
});

describe("a fleet whose paths all stand still", () => {
  it("says so, and goes on by itself when one of them moves", async () => {
    const { stage, edge, got, spaceId } = await stageAndEdge();
    const reach: boolean[] = [];
    edge.onReach((isReachable) => reach.push(isReachable));
    stage.put("service/stage", 1, { ephemeral: true });
    const seen = follow(edge);
    await vi.waitFor(() => expect(seen.get("service/stage")).toBe(1), WITHIN);
    for (const server of [one, two]) server.pause();
    try {
      await vi.waitFor(() => expect(reach).toEqual([true, false]), WITHIN);
    } finally {
      two.resume();
    }
    await vi.waitFor(() => expect(reach).toEqual([true, false, true]), WITHIN);
    expect(seen.get("service/stage")).toBe(1);
    let next = 1;
    await vi.waitFor(() => {
      stage.publishFrames(spaceId, [frame(next++)]);
      expect(got.length).toBeGreaterThan(3);
    }, WITHIN);
    one.resume();
    await Promise.all([stage.close(), edge.close()]);
  });
});

describe("a process of a fleet whose words get lost, though it hears the others", () => {
  it("notices, and notices when it is heard again", async () => {
    const world = newFleet([two]);
    const others = [await world.join(), await world.join()];
    let isCut = false;
    const buses = (await connectNats([{ servers: [two.url] }])).map((bus) => {
      const publish = bus.publish.bind(bus);
      return Object.assign(bus, {
        publish: (...words: Parameters<typeof publish>) => {
          if (!isCut) publish(...words);
        },
      });
    });
    const said: boolean[] = [];
    const observer = { ...NOBODY_OBSERVES, unheard: (isUnheard: boolean) => said.push(isUnheard) };
    const relay = await joinFleet({ buses, name: "mute", fleet: `test-${fleets}`, observer });
    relay.put("service/mute", 1, { ephemeral: true });
    const seen = follow(others[0]!);
    await vi.waitFor(() => expect(seen.has("service/mute")).toBe(true), WITHIN);
    isCut = true;
    await vi.waitFor(() => expect(said).toEqual([true]), WITHIN);
    expect(seen.has("service/mute")).toBe(false);
    isCut = false;
    await vi.waitFor(() => expect(said).toEqual([true, false]), WITHIN);
    await vi.waitFor(() => expect(seen.has("service/mute")).toBe(true), WITHIN);
    await Promise.all([relay, ...others].map((each) => each.close()));
  });
});

describe("a stage of a pair that control's word doesn't reach", () => {
  it("is not heard while the other one goes by a later word", async () => {
    const world = newFleet([two]);
    let isDeaf = false;
    const buses = (await connectNats([{ servers: [two.url] }])).map((bus) => {
      const subscribe = bus.subscribe.bind(bus);
      return Object.assign(bus, {
        subscribe: (...[subject, listener, group]: Parameters<typeof subscribe>) =>
          subscribe(subject, (...said) => isDeaf || listener(...said), group),
      });
    });
    const first = await joinFleet({ buses, name: "deaf", fleet: `test-${fleets}` });
    const [control, second, edge] = [await world.join(), await world.join(), await world.join()];
    const spaceId = newSpaceId();
    const heard: number[] = [];
    edge.follow(spaceId, {
      take: (frames) => heard.push(...frames.map(({ packet }) => packet[1]!)),
    });
    await edge.flush();
    const told = (relay: Relay) => follow(relay).get(`space/${spaceId}`);
    const say = async (revision: number, to: readonly Relay[]) => {
      control.put(`space/${spaceId}`, { revision, secondStageName: "second" });
      await vi.waitFor(() => {
        for (const relay of to) expect(told(relay)).toMatchObject({ revision });
      }, WITHIN);
    };
    let number = 0;
    const speak = async () => {
      for (const until = number + 30; number < until; number += 1) {
        const frames = (by: number) => [{ ...frame(number), packet: Uint8Array.of(0xf8, by) }];
        first.publishFrames(spaceId, frames(1), { term: 0, second: false });
        second.publishFrames(spaceId, frames(2), { term: 0, second: true });
        await new Promise((done) => setTimeout(done, 5));
      }
    };
    await say(1, [first, second]);
    await speak();
    await vi.waitFor(() => expect(heard).toHaveLength(30), WITHIN);
    expect(heard).not.toContain(2);
    isDeaf = true;
    await say(2, [second]);
    await speak();
    await vi.waitFor(() => expect(heard).toHaveLength(60), WITHIN);
    expect(heard.at(-1)).toBe(2);
    await Promise.all([first, second, control, edge].map((each) => each.close()));
  });
});

describe("a process of a fleet that stood still itself", () => {
  it("takes nobody for gone when it goes on", async () => {
    const world = newFleet([two]);
    const stage = await world.join();
    let stoodMs = 0;
    const edge = await joinFleet({
      buses: await connectNats([{ servers: [two.url] }]),
      name: "edge",
      fleet: `test-${fleets}`,
      clock: {
        nowMs: () => performance.timeOrigin + performance.now() + stoodMs,
        after: systemClock.after,
      },
    });
    stage.put("service/stage", 1, { ephemeral: true });
    const gone = vi.fn();
    const seen = follow(edge);
    await vi.waitFor(() => expect(seen.get("service/stage")).toBe(1), WITHIN);
    edge.watch("service/", (_, value) => value === undefined && gone());
    stoodMs = 5_000;
    await new Promise((done) => setTimeout(done, 800));
    expect(gone).not.toHaveBeenCalled();
    await Promise.all([stage.close(), edge.close()]);
  });
});

describe("a process of a fleet that dies without a word", () => {
  it("takes its ephemeral keys with it, and no others", async () => {
    const world = newFleet([two]);
    const edge = await world.join();
    const seen = follow(edge);
    // Its beats stop with its clock: to everybody else it is as dead as after kill -9.
    let alive = true;
    const buses = await connectNats([{ servers: [two.url] }]);
    const stage = await joinFleet({
      buses,
      name: "mortal",
      fleet: `test-${fleets}`,
      clock: {
        nowMs: () => performance.timeOrigin + performance.now(),
        after: (ms, callback) => {
          const timer = setTimeout(() => alive && callback(), ms);
          return () => clearTimeout(timer);
        },
      },
    });
    stage.put("service/mortal", 1, { ephemeral: true });
    stage.put("space/x", 1);
    await vi.waitFor(() => expect(seen.size).toBe(2), WITHIN);
    alive = false;
    await vi.waitFor(() => expect(Object.fromEntries(seen)).toEqual({ "space/x": 1 }), WITHIN);
    await Promise.all([stage.close(), edge.close()]);
  });
});

async function stageAndEdge() {
  const world = newFleet([one, two]);
  const [stage, edge] = [await world.join(), await world.join()];
  const spaceId = newSpaceId();
  const got: number[] = [];
  edge.follow(spaceId, { take: (frames) => got.push(...frames.map(({ number }) => number)) });
  await edge.flush();
  return { stage, edge, got, spaceId };
}

/** What stands, kept up to date. */
function follow(relay: Relay): Map<string, unknown> {
  const seen = new Map<string, unknown>();
  relay.watch("", (key, value) => {
    if (value === undefined) seen.delete(key);
    else seen.set(key, value);
  });
  return seen;
}

function frame(number: number): ProgramFrame {
  return { number, packet: new Uint8Array([0xf8, number & 0xff, 3]), holding: false };
}
