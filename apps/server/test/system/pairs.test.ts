import { loadOpus } from "@rostra/sound";
import {
  followLine,
  PairedSpeaker,
  SmallFleet,
  speakLoop,
  TestApi,
  type TestGuest,
  type TestSpace,
  WebSocketListener,
} from "@rostra/testkit";
import { FRAME_SAMPLES, type ProgramFrame } from "@rostra/wire";
import { afterAll, beforeAll, expect, it } from "vitest";

// A space on two stages, a voice that goes to both, and a listener who must not notice what becomes
// of either.

const WITHIN = { timeout: 15_000, interval: 20 };
/** By then both have had several reports of the speaker's clock, and play in step. */
const IN_STEP_FRAMES = 120;
/** A piece of 40 ms that is the voice, through two codecs. */
const LIKE = 0.8;
/** A stage changes its delay without a cut, the more the busier the machine; by this it never does. */
const MOVED_MS = 150;

let fleet: SmallFleet;
let edge: string;
let voice: Float32Array;
let ada: PairedSpeaker;
let host: TestGuest;
let space: TestSpace;
let listener: WebSocketListener;

beforeAll(async () => {
  fleet = await SmallFleet.begin();
  await fleet.start("control", "control-1");
  [edge] = await Promise.all([
    fleet.startEdge("edge-1"),
    fleet.start("stage", "stage-1"),
    fleet.start("stage", "stage-2"),
  ]);
  const api = new TestApi(edge);
  host = await api.guest("Ada");
  space = await api.openSpace(host, "On two stages");
  await api.goLive(host, space.id);
  voice = await speakLoop("Two stages carry one voice, and either of them may die unheard.", 3);
  ada = await PairedSpeaker.join([edge], space.id, host.token, voice);
  listener = new WebSocketListener(edge, space.id);
}, 60_000);

afterAll(async () => {
  listener.close();
  ada.stop();
  await fleet.stop();
});

/** Names of the space's stages now, as listeners are told. */
function stages(): readonly (string | undefined)[] {
  const told = listener.events.findLast(({ type }) => type === "space" || type === "welcome");
  if (told?.type !== "space" && told?.type !== "welcome") return [];
  return [told.space.stageName, told.space.secondStageName];
}

async function heardFor(frames: number): Promise<void> {
  const from = listener.latestFrame ?? 0;
  await expect.poll(() => (listener.latestFrame ?? 0) - from, WITHIN).toBeGreaterThan(frames);
}

/** Both stages run, the speaker speaks to both, and the listener begins to count. */
async function paired(): Promise<{ first: string; second: string }> {
  await expect.poll(() => new Set(stages()), WITHIN).toEqual(new Set(["stage-1", "stage-2"]));
  const [first, second] = stages() as [string, string];
  const received = () => stages().map((name) => ada.received.get(name!) ?? 0);
  const before = received();
  await expect
    .poll(() => received().every((count, at) => count > before[at]! + 10), WITHIN)
    .toBe(true);
  await expect.poll(() => listener.frames.at(-1)?.holding, WITHIN).toBe(false);
  await heardFor(IN_STEP_FRAMES);
  listener.frames.splice(0, listener.frames.length - 50);
  return { first, second };
}

async function decoded(frames: readonly ProgramFrame[]): Promise<Float32Array> {
  const decoder = await (await loadOpus()).createDecoder();
  const pcm = new Float32Array(frames.length * FRAME_SAMPLES);
  for (const [at, { packet }] of frames.entries())
    pcm.set(decoder.decode(packet), at * FRAME_SAMPLES);
  decoder.close();
  return pcm;
}

/** Since `paired`: each frame once, all of them the voice, and the voice as it was said. */
async function expectUnheard(): Promise<void> {
  const frames = [...listener.frames];
  expect([listener.missing, listener.repeated, listener.closeCode]).toEqual([[], [], undefined]);
  expect(frames.filter(({ holding }) => holding)).toEqual([]);
  const said = Math.ceil((frames.length * FRAME_SAMPLES) / voice.length) + 1;
  const line = new Float32Array(voice.length * said);
  for (let at = 0; at < line.length; at += voice.length) line.set(voice, at);
  const pieces = followLine(line, await decoded(frames));
  const like = pieces.filter(({ likeness }) => likeness > LIKE);
  expect(like.length).toBeGreaterThan(0.75 * pieces.length);
  const places = like.map(({ heardMs, lineMs }) => lineMs - heardMs);
  expect(Math.max(...places) - Math.min(...places)).toBeLessThan(MOVED_MS);
}

it("goes on unheard when the first stage is killed", async () => {
  const { first, second } = await paired();
  await fleet.process(first).kill();
  await heardFor(150);
  expect(stages()).toEqual([second, undefined]);
  await expectUnheard();
  await fleet.start("stage", first);
}, 40_000);

it("goes on unheard when the first stage stands still, and when it wakes", async () => {
  const { first, second } = await paired();
  fleet.process(first).pause();
  await expect.poll(() => stages()[0], WITHIN).toBe(second);
  await heardFor(50);
  fleet.process(first).resume();
  await heardFor(100);
  await expectUnheard();
}, 40_000);

it("goes on unheard when the second stage is killed", async () => {
  const { first, second } = await paired();
  await fleet.process(second).kill();
  await heardFor(100);
  expect(stages()[0]).toBe(first);
  await expectUnheard();
}, 40_000);
