import { rmsDbfs } from "@rostra/sound";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { ClickDetector } from "../../test/support/clicks.ts";
import { type DriftOptions, Loop, playDrifting } from "../../test/support/drift.ts";
import { syntheticVoice } from "../../test/support/synthetic-voice.ts";
import { encodeUplink } from "../../test/support/uplink.ts";
import { Envelope, findWord, STEP_MS, wordsOf } from "../../test/support/words.ts";

const LOOP_SECONDS = 31;
const SECONDS = 4 * 60;
/** Minutes of sound are decoded, on machines that may be busy. */
const PATIENCE_MS = 120_000;
const VOICE = syntheticVoice({ seconds: LOOP_SECONDS, seed: 4 });

vi.setConfig({ testTimeout: PATIENCE_MS });

let loop: Loop;
let cleanDb: number;
/** What leaves where nothing has to be corrected. */
let clean: Float32Array;

async function play(options: Omit<DriftOptions, "onFrame">, thresholdDb?: number) {
  const clicks = new ClickDetector(thresholdDb);
  const heard = new Envelope();
  const receiver = await playDrifting(loop, {
    ...options,
    onFrame: (pcm) => {
      clicks.push(pcm);
      heard.push(pcm);
    },
  });
  receiver.close();
  return { receiver, clicks, heard: heard.values };
}

/** Words of the voice, said over and over, that can't be found where they should be heard. */
function missingWords(heard: readonly number[], driftPpm: number): number {
  const spoken = new Envelope();
  spoken.push(VOICE);
  let missing = 0;
  for (let round = 0; (round + 1) * LOOP_SECONDS < SECONDS - 2; round += 1) {
    for (const word of wordsOf(spoken.values)) {
      const saidMs = (round * LOOP_SECONDS * 1000 + word.start * STEP_MS) / (1 + driftPpm / 1e6);
      const at = Math.round(saidMs / STEP_MS);
      if (!findWord(spoken.values, word, heard, at, 20).isHeard) missing += 1;
    }
  }
  return missing;
}

beforeAll(async () => {
  loop = new Loop(await encodeUplink(VOICE, { fec: true }), VOICE.length);
  const seconds = 2 * LOOP_SECONDS;
  clean = new Float32Array(seconds * 48_000);
  let at = 0;
  const onFrame = (pcm: Float32Array) => {
    clean.set(pcm, at);
    at += pcm.length;
  };
  (await playDrifting(loop, { seconds, driftPpm: 0, jitterMs: 0, onFrame })).close();
  const clicks = new ClickDetector();
  clicks.push(clean);
  cleanDb = clicks.sharpestDb;
}, PATIENCE_MS);

describe("the judges of this test", () => {
  const EVERY = 24_007;

  test("hear many of the steps that are 20 dB softer than the voice, wherever they fall", () => {
    const height = 10 ** ((rmsDbfs(clean) - 20) / 20);
    const broken = clean.map((pcm, i) => pcm + (Math.floor(i / EVERY) % 2) * height);
    const clicks = new ClickDetector(cleanDb + 1);
    clicks.push(broken);
    const steps = Math.floor(broken.length / EVERY);
    expect(clicks.clicks).toBeGreaterThan(0.35 * steps);
    expect(clicks.clicks).toBeLessThanOrEqual(steps);
  });

  test("hear many of the cuts of 7 ms", () => {
    const pieces = Array.from({ length: 100 }, (_, i) =>
      clean.subarray(i * EVERY, (i + 1) * EVERY - 333),
    );
    const clicks = new ClickDetector(cleanDb + 1);
    for (const piece of pieces) clicks.push(piece);
    expect(clicks.clicks).toBeGreaterThan(30);
  });

  test("miss words that are cut out, and most that are cut in half", () => {
    const spoken = new Envelope();
    spoken.push(clean);
    const { values } = spoken;
    const words = wordsOf(values).filter((_, index) => index % 3 === 1);
    const without = (from: number, to: number) =>
      values.map((rms, step) => (step >= from && step < to ? 0 : rms));
    const isHeard = (word: (typeof words)[number], heard: readonly number[]) =>
      findWord(values, word, heard, word.start, 20).isHeard;
    const whole = words.filter((word) => isHeard(word, values));
    const gone = words.filter((word) => isHeard(word, without(word.start, word.end)));
    const halves = words.filter((word) =>
      isHeard(word, without((word.start + word.end) >> 1, word.end)),
    );
    expect([whole.length, gone.length]).toEqual([words.length, 0]);
    expect(halves.length).toBeLessThan(words.length / 4);
  });
});

describe("a speaker whose clock is wrong", () => {
  test.each([200, -200])(
    "by %d ppm for minutes is heard without growing delay, clicks or lost words",
    async (driftPpm) => {
      const options = { seconds: SECONDS, driftPpm, jitterMs: 3 };
      const { receiver, clicks, heard } = await play(options, cleanDb + 1);
      const { delaysMs, meter } = receiver;
      // Uncorrected, it would be 48 ms by now.
      expect(Math.max(...delaysMs.slice(-50 * 30))).toBeLessThan(60);
      expect(clicks.clicks).toBe(0);
      expect(missingWords(heard, driftPpm)).toBe(0);
      expect(meter.lostPackets).toBe(0);
      expect(meter.concealedFrames / delaysMs.length).toBeLessThan(0.005);
    },
  );

  test("clicks neither where packets are lost", async () => {
    const options = { seconds: SECONDS, driftPpm: 200, jitterMs: 3, loss: 0.02 };
    const { receiver, clicks } = await play(options, cleanDb + 1);
    expect(receiver.meter.recoveredPackets).toBeGreaterThan(100);
    expect(clicks.clicks).toBe(0);
  });
});

test("jitter that makes many packets late makes no clicks", async () => {
  const { receiver, clicks } = await play(
    { seconds: SECONDS, driftPpm: 0, jitterMs: 15 },
    cleanDb + 1,
  );
  expect(receiver.meter.concealedFrames).toBeGreaterThan(20);
  expect(clicks.clicks).toBe(0);
});
