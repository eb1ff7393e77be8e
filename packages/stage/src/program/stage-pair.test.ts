import { memoryRelay, type Relay } from "@rostra/relay";
import { loadOpus, type Opus } from "@rostra/sound";
import { TEST_EPOCH_MS, testSpace } from "@rostra/testkit";
import {
  type FrameSource,
  type Service,
  type SpaceSnapshot,
  STATE_KEYS,
  type StageActivity,
} from "@rostra/wire";
import { pino } from "pino";
import { Registry } from "prom-client";
import { beforeAll, describe, expect, test } from "vitest";
import { StallingClock } from "../../test/support/stalling-clock.ts";
import { QUIET_HOLDING } from "../../test/support/world.ts";
import { createStageMetrics } from "../metrics.ts";
import { Programs } from "./programs.ts";
import { SpaceWatch } from "./space-watch.ts";

const SPACE = testSpace({ stageName: "one", secondStageName: "two" });

let opus: Opus;
beforeAll(async () => {
  opus = await loadOpus();
});

interface Published {
  readonly number: number;
  readonly source: FrameSource | undefined;
}

/** One of two stages, on a machine whose clock may be another than the others'. */
class PairedStage {
  readonly clock: StallingClock;
  readonly published: Published[] = [];
  readonly programs: Programs;
  readonly #relay: Relay;
  /** What came while it stood still, and lies in its socket. */
  #unread: (() => void)[] | undefined;

  /** @param isOld as the version before was: it says all by keys of the shared state, and hears nothing else */
  constructor(name: string, relay: Relay, { aheadMs = 0, isOld = false } = {}) {
    this.#relay = relay;
    this.clock = new StallingClock(TEST_EPOCH_MS + aheadMs);
    const publishFrames: Relay["publishFrames"] = (id, frames, source) => {
      for (const { number } of frames) this.published.push({ number, source });
      relay.publishFrames(id, frames, source);
    };
    this.programs = new Programs(name, opus, {
      relay: Object.assign(Object.create(null) as Relay, {
        publishFrames,
        put: relay.put.bind(relay),
        watch: this.#watch.bind(this),
        tell: (topic: string, value: unknown) => {
          if (isOld) relay.put(topic, value, { ephemeral: true });
          else relay.tell(topic, value);
        },
        hear: (topic: string, listener: (value: unknown) => void) =>
          isOld ? () => {} : relay.hear(topic, (value) => this.#hear(() => listener(value))),
        flush: async () => this.#read(),
        latestFrame: relay.latestFrame.bind(relay),
      }),
      clock: this.clock,
      log: pino({ level: "silent" }),
      metrics: createStageMetrics(new Registry()),
      holding: QUIET_HOLDING,
      speakersOf: () => [],
      sendFeeds: () => {},
      dropSpeaker: () => {},
    });
    const service: Service = { role: "stage", name, url: "http://127.0.0.1:1", pid: 1 };
    const entry = isOld ? service : { ...service, hearsTopics: true };
    relay.put(STATE_KEYS.service(name), entry, { ephemeral: true });
    const spaces = new SpaceWatch(relay, this.clock);
    const apply = (snapshot: SpaceSnapshot | undefined) => {
      if (snapshot !== undefined) this.programs.apply(snapshot);
    };
    spaces.start((_id, snapshot) => this.#hear(() => apply(snapshot)));
  }

  #watch(...[prefix, listener]: Parameters<Relay["watch"]>): () => void {
    return this.#relay.watch(prefix, (key, value) => this.#hear(() => listener(key, value)));
  }

  #hear(what: () => void): void {
    if (this.#unread === undefined) what();
    else this.#unread.push(what);
  }

  /** A round trip brings all that was said before it. */
  #read(): void {
    const unread = this.#unread ?? [];
    this.#unread = undefined;
    for (const what of unread) what();
  }

  /** SIGSTOP: time goes on, and what is said meanwhile is read after it wakes, but not at once. */
  stop(ms: number): void {
    this.#unread ??= [];
    this.clock.stall(ms);
  }

  get last(): Published | undefined {
    return this.published.at(-1);
  }

  /** As a crash would. */
  async die(): Promise<void> {
    await this.#relay.close();
  }
}

class PairWorld {
  readonly relays = memoryRelay();
  readonly control = this.relays.join();
  readonly one: PairedStage;
  readonly two: PairedStage;
  activity: StageActivity | undefined;
  /** What everybody was told of a time. */
  readonly shared: string[] = [];

  constructor({ aheadMs = 0, old = "" } = {}) {
    this.one = new PairedStage("one", this.relays.join(), { isOld: old === "one" });
    this.two = new PairedStage("two", this.relays.join(), { aheadMs, isOld: old === "two" });
    this.relays.join().watch("timing", (key) => this.shared.push(key));
    this.relays.join().watch(STATE_KEYS.activity(SPACE.id), (_key, value) => {
      this.activity = value as StageActivity | undefined;
    });
  }

  say(change: Partial<SpaceSnapshot>): void {
    this.control.put(STATE_KEYS.space(SPACE.id), { ...SPACE, ...change });
  }

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 5) {
      await this.one.clock.advanceSettling(5);
      await this.two.clock.advanceSettling(5);
    }
  }

  /** Both run. */
  static async running(how: { aheadMs?: number; old?: string } = {}): Promise<PairWorld> {
    const world = new PairWorld(how);
    world.say({});
    await expect
      .poll(
        async () => {
          await world.pass(100);
          return world.two.published.length > 10;
        },
        { interval: 1 },
      )
      .toBe(true);
    return world;
  }
}

describe("two stages of a space", () => {
  test("number the same line, each by its part, however far apart their clocks are", async () => {
    for (const aheadMs of [0, 2_000, -2_000]) {
      const { one, two } = await PairWorld.running({ aheadMs });
      expect(Math.abs(one.last!.number - two.last!.number)).toBeLessThanOrEqual(1);
      expect([one.last!.source, two.last!.source]).toMatchObject([
        { term: 0, second: false },
        { term: 0, second: true },
      ]);
    }
  });

  test("tell each other the time, and nobody else", async () => {
    const { shared } = await PairWorld.running();
    expect(shared).toEqual([]);
  });

  test("number the same line where either is of the version before, which knows shared state alone", async () => {
    for (const old of ["one", "two"]) {
      const { one, two, shared } = await PairWorld.running({ aheadMs: 2_000, old });
      expect(Math.abs(one.last!.number - two.last!.number)).toBeLessThanOrEqual(1);
      expect(shared).toContain(STATE_KEYS.timing(SPACE.id));
    }
  });

  test("go on with one line when the second becomes the first, by a new term", async () => {
    const world = await PairWorld.running({ aheadMs: 2_000 });
    await world.one.die();
    const { stageName: _, secondStageName: __, ...rest } = SPACE;
    world.control.put(STATE_KEYS.space(SPACE.id), {
      ...rest,
      stageName: "two",
      term: 1,
      revision: 2,
    });
    await world.pass(400);
    const { published } = world.two;
    const numbers = published.map(({ number }) => number);
    expect(numbers).toEqual(numbers.map((_number, index) => numbers[0]! + index));
    expect(published.at(-1)!.source).toMatchObject({ term: 1, second: false });
  });

  test("tell of one activity: the first's, and the second's where the first has gone", async () => {
    const world = await PairWorld.running();
    const said = { connected: [], speaking: [], deadAir: true };
    world.control.put(STATE_KEYS.activity(SPACE.id), said);
    await world.pass(300);
    // What somebody else has said in its place doesn't stand.
    expect(world.activity?.deadAir).toBe(false);
    await world.one.die();
    world.control.put(STATE_KEYS.activity(SPACE.id), said);
    await world.pass(300);
    expect(world.activity?.deadAir).toBe(false);
  });

  test("tell of it again where it is gone, although it is as it was", async () => {
    const world = await PairWorld.running();
    const key = STATE_KEYS.activity(SPACE.id);
    const said = { connected: [], speaking: [], deadAir: false };
    world.control.put(key, said);
    await world.pass(300);
    // The second had said it for a while, say, and is gone, and what it has said with it.
    world.control.put(key, undefined);
    expect(world.activity).toBeUndefined();
    await world.pass(300);
    expect(world.activity).toEqual(said);
  });

  test("keep their number line through a pause of the second, which then comes back to it", async () => {
    const world = await PairWorld.running();
    world.two.clock.stall(300);
    await world.pass(500);
    // What stood still for 300 ms is late by it against a clock that went on.
    world.one.clock.stall(300);
    await world.pass(1_500);
    expect(Math.abs(world.one.last!.number - world.two.last!.number)).toBeLessThanOrEqual(1);
    const numbers = world.two.published.map(({ number }) => number);
    expect(new Set(numbers).size).toBe(numbers.length);
  });
});

describe("a stage that stood still", () => {
  test("says nothing before it has heard what was said meanwhile", async () => {
    const world = await PairWorld.running();
    const before = world.one.published.length;
    world.one.stop(900);
    // What waits for it: it isn't the first any more.
    world.say({ stageName: "two", secondStageName: "one", term: 1, revision: 2 });
    await world.pass(200);
    const after = world.one.published.slice(before);
    expect(after.length).toBeGreaterThan(0);
    expect(after.every(({ source }) => source?.term === 1 && source.second)).toBe(true);
  });
});
