import { rmsDbfs } from "@rostra/sound";
import { TEST_EPOCH_MS, testMember } from "@rostra/testkit";
import { frameTimeMs, newUserId, SAMPLE_RATE_HZ } from "@rostra/wire";
import { describe, expect, test } from "vitest";
import { likeness, run, sum, talker } from "../../test/support/hearing.ts";
import { syntheticVoice } from "../../test/support/synthetic-voice.ts";
import { encodeUplink, overLink } from "../../test/support/uplink.ts";
import { AS_IT_COMES, TestStage, testHolding } from "../../test/support/world.ts";

const SECONDS = 10;
const FRAMES = SECONDS * 50;
const ADA = newUserId();
const BEN = newUserId();
const CAT = newUserId();
const MEMBERS = [testMember(ADA, { role: "host" }), testMember(BEN), testMember(CAT)];
const ADA_SAYS = syntheticVoice({ seconds: SECONDS, seed: 11, pitchHz: 110, peak: 0.4 });
const BEN_SAYS = syntheticVoice({ seconds: SECONDS, seed: 22, pitchHz: 190, peak: 0.4 });

describe("a live program", () => {
  test("carries all voices; each speaker hears the others and not themself", async () => {
    const stage = await TestStage.open({ members: MEMBERS });
    const ada = await talker(stage, ADA, ADA_SAYS);
    const ben = await talker(stage, BEN, BEN_SAYS);
    const cat = { speaker: await stage.speaker(CAT), arrivals: [] };
    const { program, feeds } = await run(stage, [ada, ben, cat], FRAMES);
    expect(likeness(sum(ADA_SAYS, BEN_SAYS), program)).toBeGreaterThan(0.95);
    expect(likeness(sum(ADA_SAYS, BEN_SAYS), feeds.get(CAT)!)).toBeGreaterThan(0.95);
    expect(likeness(BEN_SAYS, feeds.get(ADA)!)).toBeGreaterThan(0.95);
    expect(likeness(ADA_SAYS, feeds.get(ADA)!)).toBeLessThan(0.3);
    expect(likeness(ADA_SAYS, feeds.get(BEN)!)).toBeGreaterThan(0.95);
    expect(likeness(BEN_SAYS, feeds.get(BEN)!)).toBeLessThan(0.3);
  });

  test("is made for thin links, too: the same sound in half as many bytes", async () => {
    const stage = await TestStage.open({ members: MEMBERS });
    const { frames } = await run(stage, [await talker(stage, ADA, ADA_SAYS)], FRAMES);
    const decoder = await stage.opus.createDecoder();
    const heard = Float32Array.from(frames.flatMap(({ thin }) => [...decoder.decode(thin!)]));
    expect(likeness(ADA_SAYS, heard)).toBeGreaterThan(0.9);
    const bytes = (which: "packet" | "thin") =>
      frames.reduce((total, frame) => total + frame[which]!.length, 0);
    expect(bytes("thin") / bytes("packet")).toBeLessThan(0.6);
  });

  test("lets somebody who begins to talk hear not even their first syllable", async () => {
    const stage = await TestStage.open({ members: MEMBERS });
    const pauses = ADA_SAYS.slice();
    for (let second = 0; second < SECONDS; second += 2) {
      pauses.fill(0, second * SAMPLE_RATE_HZ, (second + 1) * SAMPLE_RATE_HZ);
    }
    const ada = await talker(stage, ADA, pauses);
    const { feeds, program } = await run(stage, [ada], FRAMES);
    expect(rmsDbfs(program)).toBeGreaterThan(-35);
    expect(rmsDbfs(feeds.get(ADA)!)).toBeLessThan(-80);
  });

  test("shares one packet between the audience and all who only listen", async () => {
    const stage = await TestStage.open({ members: MEMBERS });
    const ada = await talker(stage, ADA, ADA_SAYS);
    await stage.speaker(BEN);
    await stage.speaker(CAT);
    await run(stage, [ada], 100);
    const { frame, feeds } = stage.program.tick(100);
    const packets = feeds
      .filter(({ speaker }) => speaker.userId !== ADA)
      .map(({ packet }) => packet);
    expect(packets).toEqual([frame.packet, frame.packet]);
    expect(packets[0]).toBe(packets[1]);
  });

  test("drops a muted member's voice at once and lets it back only after the unmute", async () => {
    const stage = await TestStage.open({ members: MEMBERS });
    const ada = await talker(stage, ADA, ADA_SAYS);
    const muted = MEMBERS.map((member) => ({ ...member, muted: member.id === ADA }));
    const { frames, program, feeds } = await run(
      stage,
      [ada, { speaker: await stage.speaker(BEN), arrivals: [] }],
      FRAMES,
      (number) => {
        if (number === 200) stage.update({ members: muted });
        if (number === 350) stage.update({ members: MEMBERS });
      },
    );
    const during = (pcm: Float32Array) => pcm.subarray(202 * 960, 350 * 960);
    expect(rmsDbfs(during(feeds.get(BEN)!))).toBeLessThan(-80);
    expect(frames.slice(240, 350).every(({ holding }) => holding)).toBe(true);
    const after = program.subarray(360 * 960);
    expect(likeness(ADA_SAYS.subarray(355 * 960), after)).toBeGreaterThan(0.9);
  });

  test("counts the voices that reach it: one that is cut off is missed long before it is held for", async () => {
    const stage = await TestStage.open({ members: MEMBERS });
    const muted = MEMBERS.map((member) => ({ ...member, muted: member.id === CAT }));
    stage.update({ members: muted });
    const [ada, ben, cat] = await Promise.all([
      talker(stage, ADA, ADA_SAYS),
      talker(stage, BEN, BEN_SAYS),
      talker(stage, CAT, BEN_SAYS),
    ]);
    const cutOff = (one: typeof ada, ms: number) => ({
      ...one,
      arrivals: one.arrivals.filter(({ atMs }) => atMs < ms),
    });
    const { voices, frames } = await run(stage, [cutOff(ada, 2_000), cutOff(ben, 3_000), cat], 200);
    expect(new Set(voices.slice(50, 100))).toEqual(new Set([2]));
    expect(new Set(voices.slice(105, 150))).toEqual(new Set([1]));
    expect(new Set(voices.slice(155))).toEqual(new Set([0]));
    expect(frames.slice(155, 175).some(({ holding }) => holding)).toBe(false);
  });

  test("says who speaks, and of a muted one that they don't", async () => {
    const stage = await TestStage.open({ members: MEMBERS });
    const ada = await talker(stage, ADA, ADA_SAYS);
    await run(stage, [ada], 150);
    const nowMs = frameTimeMs(TEST_EPOCH_MS, 150);
    expect(stage.program.activity(nowMs)).toEqual({
      connected: [ADA],
      speaking: [ADA],
      deadAir: false,
    });
    stage.update({ members: MEMBERS.map((member) => ({ ...member, muted: true })) });
    expect(stage.program.activity(nowMs)).toEqual({
      connected: [ADA],
      speaking: [],
      deadAir: false,
    });
  });

  test("hears nobody who isn't on stage", async () => {
    const stage = await TestStage.open({ members: [] });
    const { frames } = await run(stage, [await talker(stage, ADA, ADA_SAYS)], 150);
    expect(frames.every(({ holding }) => holding)).toBe(true);
  });
});

describe("holding sound", () => {
  test("is what a program without voices carries, the same on every stage", async () => {
    const stage = await TestStage.open({ members: MEMBERS }, await testHolding());
    const { frames } = await run(stage, [], 600);
    for (const { number, packet, holding } of frames) {
      expect(holding).toBe(true);
      expect(packet).toBe(stage.holding.packets[number % 500]);
    }
  });

  test("is all that the audience hears of a backstage, where speakers hear each other", async () => {
    const stage = await TestStage.open(
      { members: MEMBERS, state: "backstage" },
      await testHolding(),
    );
    const ada = await talker(stage, ADA, ADA_SAYS);
    const ben = await talker(stage, BEN, BEN_SAYS);
    const cat = { speaker: await stage.speaker(CAT), arrivals: [] };
    const { frames, feeds } = await run(stage, [ada, ben, cat], FRAMES);
    expect(frames.every(({ holding }) => holding)).toBe(true);
    expect(likeness(BEN_SAYS, feeds.get(ADA)!)).toBeGreaterThan(0.95);
    expect(likeness(sum(ADA_SAYS, BEN_SAYS), feeds.get(CAT)!)).toBeGreaterThan(0.95);
  });

  test("gives way to the first voice and comes back half a second after the last packet", async () => {
    const stage = await TestStage.open({ members: MEMBERS }, await testHolding());
    const ada = await talker(stage, ADA, ADA_SAYS.subarray(0, 2 * SAMPLE_RATE_HZ));
    const { frames } = await run(stage, [ada], 200);
    const heard = frames.filter(({ holding }) => !holding).map(({ number }) => number);
    expect(heard[0]).toBeLessThanOrEqual(2);
    // 2 s of packets, half a second of patience, 200 ms of fading.
    expect(heard.at(-1)).toBeGreaterThanOrEqual(124);
    expect(heard.at(-1)).toBeLessThanOrEqual(137);
    expect(heard).toHaveLength(heard.at(-1)! - heard[0]! + 1);
  });

  test("gives way as ever after a while with nobody there, when the mix has come to rest", async () => {
    const firstWords = async (restFrames: number) => {
      const stage = await TestStage.open({ members: MEMBERS }, await testHolding());
      await run(stage, [], restFrames);
      const ada = await talker(stage, ADA, ADA_SAYS.subarray(0, SAMPLE_RATE_HZ));
      const { frames } = await run(stage, [ada], 50);
      return frames;
    };
    expect(await firstWords(1_000)).toEqual(await firstWords(0));
  });

  test("comes and goes without a click", async () => {
    const stage = await TestStage.open({ members: MEMBERS }, await testHolding());
    const silence = new Float32Array(2 * SAMPLE_RATE_HZ);
    const { program } = await run(stage, [await talker(stage, ADA, silence)], 250);
    const step = (pcm: Float32Array) =>
      pcm.reduce(
        (most, sample, i) => Math.max(most, i === 0 ? 0 : Math.abs(sample - pcm[i - 1]!)),
        0,
      );
    const { pcm: holding } = stage.holding;
    expect(step(program.subarray(960))).toBeLessThan(2 * step(holding.subarray(0, 250 * 960)));
  });

  test("doesn't come while somebody is connected and quiet, where dead air may last", async () => {
    const settings = { ...AS_IT_COMES, deadAirSeconds: 0 };
    const stage = await TestStage.open({ members: MEMBERS, settings }, await testHolding());
    const silence = new Float32Array(SECONDS * SAMPLE_RATE_HZ);
    const { frames, program } = await run(stage, [await talker(stage, ADA, silence)], FRAMES - 50);
    expect(frames.slice(5).every(({ holding }) => !holding)).toBe(true);
    expect(rmsDbfs(program.subarray(50 * 960))).toBeLessThan(-80);
  });
});

test("a pause of somebody whose browser skips silence isn't taken for their absence", async () => {
  const settings = { ...AS_IT_COMES, deadAirSeconds: 0 };
  const stage = await TestStage.open({ members: MEMBERS, settings }, await testHolding());
  const silence = new Float32Array(SECONDS * SAMPLE_RATE_HZ);
  const sent = overLink(await encodeUplink(silence, { dtx: true }));
  // Two packets each 420 ms; where both are lost, none comes for more than 800 ms.
  const arrivals = sent.filter((_, index) => index < 20 || (index + 1) % 4 < 2);
  const ada = { speaker: await stage.speaker(ADA), arrivals };
  const { frames } = await run(stage, [ada], FRAMES - 50);
  expect(arrivals.length).toBeLessThan(60);
  expect(frames.slice(5).every(({ holding }) => !holding)).toBe(true);
});

describe("dead air", () => {
  /** 3 s of silence with a microphone's noise far below a voice, then a voice. */
  const silenceThenVoice = ADA_SAYS.slice();
  for (let i = 0; i < 3 * SAMPLE_RATE_HZ; i += 1) silenceThenVoice[i] = 1e-4 * Math.sin(i);
  const settings = { ...AS_IT_COMES, deadAirSeconds: 2 };

  test("is told to the hosts first, then brings the holding sound, and says when it is over", async () => {
    const stage = await TestStage.open({ members: MEMBERS, settings }, await testHolding());
    const dead: number[] = [];
    const told: number[] = [];
    const ada = await talker(stage, ADA, silenceThenVoice);
    const { frames } = await run(stage, [ada], 200, (number) => {
      const { deadAir } = stage.program.activity(frameTimeMs(TEST_EPOCH_MS, number));
      if (deadAir) dead.push(number);
      if (stage.guardNews.length > told.length) told.push(number);
    });
    const [warned, over] = stage.guardNews;
    expect(warned).toEqual({ type: "guard", kind: "dead-air", id: null, active: true });
    expect(over).toEqual({ ...warned, active: false });
    expect(stage.guardNews).toHaveLength(2);
    // 5/8 of two seconds, and two seconds, from when the first packets came.
    expect(Math.abs(told[0]! - 65)).toBeLessThanOrEqual(4);
    expect(Math.abs(dead[0]! - 103)).toBeLessThanOrEqual(4);
    expect(frames.slice(dead[0]! + 10, 150).every(({ holding }) => holding)).toBe(true);
    expect(dead.at(-1)).toBeLessThan(160);
  });

  test("loses nothing of the first word that ends it, and turns none of it down", async () => {
    const heard = async (deadAirSeconds: number) => {
      const change = { ...settings, deadAirSeconds };
      const stage = await TestStage.open({ members: MEMBERS, settings: change });
      const ada = await talker(stage, ADA, silenceThenVoice);
      return (await run(stage, [ada], 250)).program;
    };
    const [after, plain] = [await heard(2), await heard(0)];
    const word = 150 * 960;
    const first = after.findIndex((sample, i) => i > word && Math.abs(sample) > 0.01);
    const firstPlain = plain.findIndex((sample, i) => i > word && Math.abs(sample) > 0.01);
    expect(first - firstPlain).toBeLessThan(960);
    const from = firstPlain + 960;
    const difference = after.subarray(from).map((sample, i) => sample - plain[from + i]!);
    expect(rmsDbfs(difference)).toBeLessThan(rmsDbfs(plain.subarray(from)) - 25);
  });

  test("isn't waited for while nobody is in charge: the holding sound plays where nobody speaks", async () => {
    const away = { members: MEMBERS, settings: AS_IT_COMES, endsAtMs: TEST_EPOCH_MS + 300_000 };
    const stage = await TestStage.open(away, await testHolding());
    const { frames } = await run(stage, [await talker(stage, ADA, silenceThenVoice)], 200);
    expect(frames.slice(115, 150).every(({ holding }) => holding)).toBe(true);
    expect(frames.slice(155).every(({ holding }) => !holding)).toBe(true);
    expect(stage.guardNews).toEqual([]);
    expect(stage.program.activity(frameTimeMs(TEST_EPOCH_MS, 140)).deadAir).toBe(false);
  });

  test("is told where all are muted too: the hosts may have forgotten that they are", async () => {
    const muted = MEMBERS.map((member) => ({ ...member, muted: true }));
    const stage = await TestStage.open({ members: muted, settings }, await testHolding());
    await stage.speaker(ADA);
    const { frames } = await run(stage, [], 150);
    expect(frames.every(({ holding }) => holding)).toBe(true);
    expect(stage.guardNews.map(({ active }) => active)).toEqual([true]);
    expect(stage.program.activity(frameTimeMs(TEST_EPOCH_MS, 150)).deadAir).toBe(true);
  });
});

describe("what the hosts see", () => {
  test("is each voice's level as it arrives, and how its packets came through", async () => {
    const stage = await TestStage.open({ members: MEMBERS });
    const ada = await talker(stage, ADA, ADA_SAYS);
    const ben = {
      speaker: await stage.speaker(BEN),
      arrivals: overLink(await encodeUplink(BEN_SAYS), { loss: 0.3 }),
    };
    await run(stage, [ada, ben], 200);
    const nowMs = frameTimeMs(TEST_EPOCH_MS, 200);
    const levels = new Map(stage.program.stageLevels(nowMs).map((level) => [level.id, level]));
    expect([...levels.keys()].sort()).toEqual([ADA, BEN].sort());
    const said = rmsDbfs(ADA_SAYS.subarray(185 * 960, 198 * 960));
    expect(Math.abs(levels.get(ADA)!.dbfs - said)).toBeLessThan(6);
    const quality = new Map(stage.program.stageQuality(nowMs).map((path) => [path.id, path]));
    expect(quality.get(ADA)).toMatchObject({ path: "webrtc", loss: 0, rttMs: null });
    expect(quality.get(BEN)!.loss).toBeGreaterThan(0.1);
    expect(quality.get(BEN)!.loss).toBeLessThan(0.6);
    expect(quality.get(ADA)!.bufferMs).toBeGreaterThan(10);
  });

  test("is silence of whoever is muted", async () => {
    const stage = await TestStage.open({ members: MEMBERS });
    await run(stage, [await talker(stage, ADA, ADA_SAYS)], 100);
    stage.update({ members: MEMBERS.map((member) => ({ ...member, muted: true })) });
    expect(stage.program.stageLevels(frameTimeMs(TEST_EPOCH_MS, 100))).toEqual([
      { id: ADA, dbfs: -100, speaking: false },
    ]);
  });
});
