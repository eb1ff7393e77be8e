import { memoryRelay, type Relay } from "@rostra/relay";
import { loadOpus } from "@rostra/sound";
import { TEST_EPOCH_MS, testMember, testSpace } from "@rostra/testkit";
import {
  isStageActivity,
  type ProgramFrame,
  type SpaceSnapshot,
  STATE_KEYS,
  type StageActivity,
} from "@rostra/wire";

import { pino } from "pino";
import { Registry } from "prom-client";
import { describe, expect, test } from "vitest";
import { StallingClock } from "../../test/support/stalling-clock.ts";
import { syntheticVoice } from "../../test/support/synthetic-voice.ts";
import { encodeUplink } from "../../test/support/uplink.ts";
import { QUIET_HOLDING, TestStage } from "../../test/support/world.ts";
import { createStageMetrics } from "../metrics.ts";
import type { Speaker } from "../speaker/speaker.ts";
import { Programs } from "./programs.ts";

/** Programs on a virtual clock; what other processes see of them. */
class ProgramWorld {
  readonly clock = new StallingClock(TEST_EPOCH_MS);
  readonly world = memoryRelay();
  readonly relay = this.world.join();
  readonly edge = this.world.join();
  readonly registry = new Registry();
  readonly frames: ProgramFrame[] = [];
  /** How many frames came at once. */
  readonly batches: number[] = [];
  readonly activities: { readonly atMs: number; readonly value: StageActivity | undefined }[] = [];
  readonly speakers: Speaker[] = [];
  readonly dropped: Speaker[] = [];
  readonly programs: Programs;

  private constructor(programs: (world: ProgramWorld) => Programs) {
    this.programs = programs(this);
    this.edge.watch(STATE_KEYS.activities, (_key, value) => {
      const atMs = this.clock.nowMs();
      this.activities.push({ atMs, value: isStageActivity(value) ? value : undefined });
    });
  }

  static async open(relayOf: (relay: Relay) => Relay = (relay) => relay): Promise<ProgramWorld> {
    const opus = await loadOpus();
    return new ProgramWorld(
      (world) =>
        new Programs("stage-1", opus, {
          relay: relayOf(world.relay),
          clock: world.clock,
          log: pino({ level: "silent" }),
          metrics: createStageMetrics(world.registry),
          holding: QUIET_HOLDING,
          speakersOf: () => world.speakers,
          sendFeeds: () => {},
          dropSpeaker: (speaker) => world.dropped.push(speaker),
        }),
    );
  }

  /** Lets promises settle until the space's program runs. */
  async started(snapshot: SpaceSnapshot): Promise<void> {
    this.hear(snapshot);
    this.programs.apply(snapshot);
    await expect.poll(() => this.programs.get(snapshot.id), { interval: 1 }).toBeDefined();
  }

  hear({ id }: SpaceSnapshot): void {
    this.edge.follow(id, {
      take: (frames) => {
        this.frames.push(...frames);
        this.batches.push(frames.length);
      },
    });
  }

  get numbers(): number[] {
    return this.frames.map(({ number }) => number);
  }

  async metric(name: string): Promise<number | undefined> {
    const metric = await this.registry.getSingleMetric(`rostra_stage_${name}`)?.get();
    return metric?.values[0]?.value;
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

describe("a space's program", () => {
  test("numbers its frames by the clock, from where the clock stands", async () => {
    const world = await ProgramWorld.open();
    world.clock.advance(10_000);
    await world.started(testSpace());
    world.clock.advance(1_000);
    expect(world.numbers).toEqual(range(500, 550));
    world.programs.close();
  });

  test("goes on with the line that another stage began, and uses no number twice", async () => {
    const world = await ProgramWorld.open();
    const snapshot = testSpace();
    const before = world.world.join();
    const packet = Uint8Array.of(1);
    before.publishFrames(snapshot.id, [{ number: 30, packet, holding: false }]);
    world.clock.advance(400); // a clock that is behind the line: number 20
    await world.started(snapshot);
    world.clock.advance(400);
    expect(world.numbers.filter((number) => number !== 30)).toEqual(range(31, 40));
    world.programs.close();
  });

  test("begins by the clock alone where the relay can't tell the latest frame", async () => {
    const world = await ProgramWorld.open((relay) =>
      Object.assign(Object.create(relay) as Relay, {
        latestFrame: () => Promise.reject(new Error("away")),
        publishFrames: relay.publishFrames.bind(relay),
        watch: relay.watch.bind(relay),
        hear: relay.hear.bind(relay),
        put: relay.put.bind(relay),
      }),
    );
    await world.started(testSpace());
    world.clock.advance(100);
    expect(world.numbers).toEqual(range(0, 5));
    world.programs.close();
  });

  test("makes frames five at a time while nobody is connected, and at once when somebody is", async () => {
    const world = await ProgramWorld.open();
    const snapshot = testSpace();
    await world.started(snapshot);
    world.clock.advance(10_100);
    const before = world.batches.length;
    world.clock.advance(1_000);
    expect(world.batches.slice(before).every((batch) => batch === 5)).toBe(true);
    expect(world.batches.length - before).toBe(10);
    world.clock.advance(70);
    const stage = await TestStage.open();
    const speaker = await stage.speaker(testMember().id);
    world.programs.get(snapshot.id)?.add(speaker);
    world.clock.advance(130);
    expect(world.numbers).toEqual(range(0, 565));
    expect(world.batches.slice(-6)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(await world.metric("late_ticks_total")).toBe(0);
    world.programs.close();
  });

  test("makes up late ticks and counts them; after a long pause it jumps and counts that", async () => {
    const world = await ProgramWorld.open();
    await world.started(testSpace());
    world.clock.advance(100);
    world.clock.stall(130);
    world.clock.advance(20);
    expect(world.numbers).toEqual(range(0, 12));
    expect(await world.metric("late_ticks_total")).toBe(1);
    world.clock.stall(3_000);
    await world.clock.advanceSettling(1_000);
    expect(world.numbers.at(-1)).toBe(Math.floor((world.clock.nowMs() - TEST_EPOCH_MS) / 20));
    expect(await world.metric("skipped_frames_total")).toBeGreaterThan(140);
    expect(await world.metric("frames_total")).toBe(world.frames.length);
    world.programs.close();
  });

  test("ends with the space, and its activity goes with it", async () => {
    const world = await ProgramWorld.open();
    const snapshot = testSpace();
    await world.started(snapshot);
    world.clock.advance(100);
    world.programs.apply({ ...snapshot, state: "ended", revision: 2 });
    const made = world.frames.length;
    world.clock.advance(1_000);
    expect(world.frames).toHaveLength(made);
    expect(world.programs.get(snapshot.id)).toBeUndefined();
    expect(world.clock.pending).toBe(0);
    expect(await world.metric("spaces")).toBe(0);
  });

  test("isn't run by a stage that the space doesn't name, nor before the backstage opens", async () => {
    const world = await ProgramWorld.open();
    world.programs.apply(testSpace({ stageName: "stage-2" }));
    world.programs.apply(testSpace({ state: "scheduled" }));
    const ours = testSpace({ state: "backstage" });
    await world.started(ours);
    expect(await world.metric("spaces")).toBe(1);
    world.programs.close();
  });

  test("that ends while it is being started never runs", async () => {
    const world = await ProgramWorld.open();
    const snapshot = testSpace();
    world.hear(snapshot);
    world.programs.apply(snapshot);
    world.programs.apply({ ...snapshot, state: "ended", revision: 2 });
    await world.clock.advanceSettling(200);
    expect(world.frames).toEqual([]);
    expect(world.clock.pending).toBe(0);
  });

  test("goes on without a speaker whose sound can't be made", async () => {
    const world = await ProgramWorld.open();
    const member = testMember();
    const speaker = await (await TestStage.open({ members: [member] })).speaker(member.id);
    speaker.close(); // a decoder that is gone fails as soon as it is asked
    speaker.push(
      (await encodeUplink(syntheticVoice({ seconds: 0.02 })))[0]!.datagram,
      TEST_EPOCH_MS,
    );
    world.speakers.push(speaker);
    await world.started(testSpace({ members: [member] }));
    world.clock.advance(200);
    expect(world.dropped[0] === speaker && world.dropped.length).toBe(1);
    expect(world.numbers).toEqual(range(0, 10));
    expect(await world.metric("failed_ticks_total")).toBe(0);
    world.programs.close();
  });

  test("carries holding sound even where mixing fails, and says so in its metrics", async () => {
    const world = await ProgramWorld.open();
    const member = testMember();
    const speaker = await (await TestStage.open({ members: [member] })).speaker(member.id);
    world.speakers.push(speaker);
    await world.started(testSpace({ members: [member] }));
    speaker.returnFeed?.close(); // and so is an encoder
    Object.defineProperty(speaker, "isTalking", { value: true });
    world.clock.advance(100);
    expect(world.frames.every(({ holding }) => holding)).toBe(true);
    expect(world.numbers).toEqual(range(0, 5));
    expect(await world.metric("failed_ticks_total")).toBe(6);
    world.programs.close();
  });
});

describe("activity", () => {
  test("is published where it changes, ten times a second at most", async () => {
    const world = await ProgramWorld.open();
    const member = testMember();
    const speaker = await (await TestStage.open({ members: [member] })).speaker(member.id);
    world.speakers.push(speaker);
    const sent = await encodeUplink(syntheticVoice({ seconds: 3 }));
    await world.started(testSpace({ members: [member] }));
    for (const { atMs, datagram } of sent) {
      world.clock.advance(TEST_EPOCH_MS + atMs - world.clock.nowMs());
      speaker.push(datagram, world.clock.nowMs());
    }
    world.clock.advance(5_000);
    const seen = world.activities.map(({ value }) => value);
    expect(seen[0]).toEqual({ connected: [member.id], speaking: [], deadAir: false });
    expect(seen).toContainEqual({ connected: [member.id], speaking: [member.id], deadAir: false });
    expect(seen.at(-1)).toEqual({ connected: [], speaking: [], deadAir: false });
    const times = world.activities.map(({ atMs }) => atMs);
    const gaps = times.slice(1).map((atMs, index) => atMs - times[index]!);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(100);
    world.programs.close();
    expect(world.activities.at(-1)?.value).toBeUndefined();
  });
});
