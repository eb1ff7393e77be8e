import { fitted, isStereoPacket, loadOpus } from "@rostra/sound";
import { findVoice, fitSides, gainsOf } from "@rostra/testkit";
import { type Channels, DEFAULT_SETTINGS, FRAME_SAMPLES, type ProgramFrame } from "@rostra/wire";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { ADA, BEN, PATIENCE, ServerWorld, tokenOf } from "../support/server-world.ts";
import { SpeakersProcess } from "../support/speakers-process.ts";
import { syntheticVoice } from "../support/synthetic-voice.ts";

// A real stage with the real native library: what comes in left and right must go out left and right.

const LEFT = { seed: 11, pitchHz: 110 };
const RIGHT = { seed: 22, pitchHz: 190 };
const [SAID_LEFT, SAID_RIGHT] = [LEFT, RIGHT].map((voice) =>
  syntheticVoice({ ...voice, seconds: 8, peak: 0.4 }),
) as [Float32Array, Float32Array];
const MUSIC = { ...DEFAULT_SETTINGS, sound: "music" } as const;
/** The other side's voice is at least 30 dB below one's own: what chance comes to. */
const MOST_LEAK = 0.03;
/** Of the waves: two codecs leave 0.97 of them, another voice comes to less than 0.4. */
const ALIKE = 0.9;
/** Of loudness over time, from a jitter buffer that may move it; another voice comes to about 0.3. */
const AS_LOUD = 0.65;

async function decoded(packets: readonly Uint8Array[], channels: Channels): Promise<Float32Array> {
  const decoder = await (await loadOpus()).createDecoder({ channels });
  const pcm = new Float32Array(packets.length * FRAME_SAMPLES * channels);
  for (const [index, packet] of packets.entries()) {
    pcm.set(decoder.decode(packet), index * FRAME_SAMPLES * channels);
  }
  decoder.close();
  return pcm;
}

function packetsOf(frames: readonly ProgramFrame[]): Uint8Array[] {
  return frames.map(({ packet }) => packet);
}

let speakers: SpeakersProcess;
let world: ServerWorld;

beforeAll(() => {
  speakers = new SpeakersProcess();
});
afterAll(() => speakers.close());
beforeEach(async () => {
  world = await ServerWorld.open();
});
afterEach(async () => {
  for (const who of ["ada", "ben"]) await speakers.leave(who).catch(() => {});
  await world.stage.close();
});

test("music in stereo is on air in stereo, and what others on stage hear is stereo too", async () => {
  world.update({ settings: MUSIC });
  await speakers.connect("ada", world.whipUrl, await tokenOf(ADA));
  await speakers.connect("ben", world.whipUrl, await tokenOf(BEN));
  await speakers.speakStereo("ada", LEFT, RIGHT);
  await expect.poll(() => world.activity?.connected, PATIENCE).toContain(ADA);
  await world.nextFrames(100);
  await speakers.heard("ben");
  const frames = await world.nextFrames(400);
  expect(frames.every(({ packet, holding }) => holding || isStereoPacket(packet))).toBe(true);
  const benHears = (await speakers.heard("ben")).map(({ payload }) => payload);
  for (const packets of [packetsOf(frames), benHears]) {
    const { left, right } = fitSides(await decoded(packets, 2), SAID_LEFT, SAID_RIGHT);
    expect(Math.min(left.likeness, right.likeness)).toBeGreaterThan(ALIKE);
    expect(Math.max(left.leak, right.leak)).toBeLessThan(MOST_LEAK);
  }
  // 400 frames are 8 s: bytes of them are bits a second.
  const bitsPerSecond = packetsOf(frames).reduce((sum, it) => sum + it.length, 0);
  expect(bitsPerSecond).toBeGreaterThan(60_000);
  expect(bitsPerSecond).toBeLessThan(110_000);
});

test("a mono microphone stands in the middle of music", async () => {
  world.update({ settings: MUSIC });
  await speakers.connect("ada", world.whipUrl, await tokenOf(ADA));
  await speakers.speak("ada", LEFT.seed, LEFT.pitchHz);
  await world.nextFrames(100);
  const pcm = await decoded(packetsOf(await world.nextFrames(300)), 2);
  const middle = fitted(fitted(pcm, pcm.length / 2), pcm.length);
  const apart = pcm.reduce((sum, sample, i) => sum + (sample - middle[i]!) ** 2, 0);
  const whole = pcm.reduce((sum, sample) => sum + sample ** 2, 0);
  expect(apart / whole).toBeLessThan(1e-3);
  expect(findVoice(fitted(pcm, pcm.length / 2), SAID_LEFT).correlation).toBeGreaterThan(AS_LOUD);
});

test("stereo into a space of voices is mixed down, neither side louder than it may be", async () => {
  await speakers.connect("ada", world.whipUrl, await tokenOf(ADA));
  await speakers.speakStereo("ada", LEFT, RIGHT);
  await world.nextFrames(100);
  const frames = await world.nextFrames(400);
  expect(frames.some(({ packet }) => isStereoPacket(packet))).toBe(false);
  const pcm = await decoded(packetsOf(frames), 1);
  // Levelled, as every voice is: what counts is that both sides are there, and about as loud.
  const [left, right] = gainsOf(pcm, SAID_LEFT, SAID_RIGHT, 0);
  process.stdout.write(`mixed down: left ${left!.toFixed(2)}, right ${right!.toFixed(2)}\n`);
  expect(left! / right!).toBeGreaterThan(0.4);
  expect(left! / right!).toBeLessThan(2.5);
  // What the limiter lets through (0.89), and what coding at 32 kbit/s may add: a sum would reach 1.5.
  const peak = pcm.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  expect(peak).toBeLessThan(1.1);
  expect(pcm.every(Number.isFinite)).toBe(true);
});

test("who is connected when a space turns to music goes on, in stereo, on the same connection", async () => {
  world.update({ state: "backstage" });
  await speakers.connect("ada", world.whipUrl, await tokenOf(ADA));
  await speakers.speakStereo("ada", LEFT, RIGHT);
  await expect.poll(() => world.activity?.connected, PATIENCE).toEqual([ADA]);
  world.update({ settings: MUSIC });
  world.update({ state: "live" });
  await world.nextFrames(100);
  const frames = await world.nextFrames(400);
  expect(world.activity?.connected).toEqual([ADA]);
  const { left, right } = fitSides(await decoded(packetsOf(frames), 2), SAID_LEFT, SAID_RIGHT);
  expect(Math.min(left.likeness, right.likeness)).toBeGreaterThan(ALIKE);
  expect(Math.max(left.leak, right.leak)).toBeLessThan(MOST_LEAK);
});
