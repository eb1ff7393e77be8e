import { describe, expect, it } from "vitest";
import {
  Leveller,
  LoudnessMeter,
  TruePeakLimiter,
  TruePeakMeter,
  VoiceActivity,
  VoiceMeter,
} from "../../src/index.ts";
import { framesOf, joinSound, noise } from "../synthetic-voice.ts";
import { ffmpegLoudness, recordedSpeech, speech } from "./tools.ts";

const STEP = 4_800;
const SENTENCE = "Every child on the quay waved a small flag, and the band played until dark. ";

const voices: readonly (readonly [string, () => Float32Array])[] = [
  ["a synthetic man", () => speech(SENTENCE.repeat(3), "en-us")],
  ["a synthetic woman", () => speech(SENTENCE.repeat(2), "en-gb+f3")],
  ["a recorded person who instructs", () => recordedSpeech("demo-instruct")],
  ["a recorded person who congratulates", () => recordedSpeech("demo-congrats")],
  ["a recording with monkeys", () => recordedSpeech("tt-monkeys")],
];

/** Levels frames in place, as the stage does. */
function level(frames: readonly Float32Array[]): void {
  const [leveller, activity, meter] = [new Leveller(), new VoiceActivity(), new VoiceMeter()];
  for (const frame of frames) {
    const reading = meter.measure(frame);
    leveller.process(frame, activity.push(reading), reading);
  }
}

/** Momentary and short-term loudness at the end of every 100 ms, as ffmpeg logs them. */
function meterBySteps(pcm: Float32Array) {
  const meter = new LoudnessMeter();
  const momentary: number[] = [];
  const shortTerm: number[] = [];
  for (let at = 0; at + STEP <= pcm.length; at += STEP) {
    meter.push(pcm.subarray(at, at + STEP));
    momentary.push(meter.momentaryLufs);
    shortTerm.push(meter.shortTermLufs);
  }
  return { meter, momentary, shortTerm };
}

function largestDifference(ours: readonly number[], theirs: readonly number[]): number {
  let largest = 0;
  for (const [step, lufs] of ours.entries()) {
    // Before a window is full, and in silence, each has a floor of its own.
    if (lufs > -60) largest = Math.max(largest, Math.abs(lufs - theirs[step]!));
  }
  return largest;
}

function truePeakDbtp(pcm: Float32Array, channels: 1 | 2 = 1): number {
  const meter = new TruePeakMeter({ channels });
  meter.push(pcm);
  return meter.peakDbtp;
}

function limited(pcm: Float32Array): Float32Array {
  const limiter = new TruePeakLimiter();
  const frames = framesOf(pcm.slice());
  for (const frame of frames) limiter.process(frame);
  return joinSound(frames);
}

function integratedLufs(pcm: Float32Array): number {
  const meter = new LoudnessMeter();
  meter.push(pcm);
  return meter.integratedLufs;
}

describe("the meters beside ffmpeg's ebur128", () => {
  it.each(voices)("agree on %s: 0.2 LU in every window, 0.3 dB of true peak", (_name, make) => {
    const voice = make();
    const theirs = ffmpegLoudness(voice);
    const { meter, momentary, shortTerm } = meterBySteps(voice);
    expect(Math.abs(meter.integratedLufs - theirs.integratedLufs)).toBeLessThan(0.2);
    expect(largestDifference(momentary, theirs.momentaryLufs)).toBeLessThan(0.2);
    expect(largestDifference(shortTerm, theirs.shortTermLufs)).toBeLessThan(0.2);
    expect(Math.abs(truePeakDbtp(voice) - theirs.truePeakDbtp)).toBeLessThan(0.3);
  });

  it("agree on two voices left and right", () => {
    const [left, right] = [recordedSpeech("demo-congrats"), recordedSpeech("demo-instruct")];
    const stereo = Float32Array.from({ length: left.length * 2 }, (_, i) =>
      i % 2 === 0 ? left[i >> 1]! : 0.5 * right[i >> 1]!,
    );
    const theirs = ffmpegLoudness(stereo, 2);
    const meter = new LoudnessMeter({ channels: 2 });
    meter.push(stereo);
    expect(Math.abs(meter.integratedLufs - theirs.integratedLufs)).toBeLessThan(0.2);
    expect(Math.abs(truePeakDbtp(stereo, 2) - theirs.truePeakDbtp)).toBeLessThan(0.3);
  });

  it("agree on noise that goes up to half the sample rate", () => {
    const pcm = noise(0.4, 96_000);
    expect(Math.abs(truePeakDbtp(pcm) - ffmpegLoudness(pcm).truePeakDbtp)).toBeLessThan(0.3);
  });
});

describe("the limiter, as ffmpeg hears it", () => {
  const square = Float32Array.from({ length: 96_000 }, (_, i) => (i % 97 < 48 ? 6 : -6));
  const bursts = noise(6, 96_000).map((sample, i) => (i % 3_000 < 1_500 ? sample / 500 : sample));
  const signs = noise(1, 96_000).map((sample) => Math.sign(sample) * 10);
  it.each([
    ["a voice 20 dB too loud", () => recordedSpeech("demo-congrats").map((x) => x * 10)],
    ["two who shout at once", () => speech(SENTENCE).map((x, i) => 8 * (x + Math.sin(i / 9)))],
    ["white noise at +14 dB", () => noise(5, 96_000)],
    ["noise in bursts", () => bursts],
    ["full steps in random order", () => signs],
    ["a square wave", () => square],
  ])("lets %s out at -1 dBTP or less", (_name, make) => {
    expect(ffmpegLoudness(limited(make())).truePeakDbtp).toBeLessThanOrEqual(-0.9);
  });
});

describe("the leveller on recorded people", () => {
  it.each([-40, -30, -20, -10])("brings them from %d to -16 LUFS", (lufs) => {
    for (const name of ["demo-instruct", "demo-congrats", "priv-callee-options"]) {
      const voice = recordedSpeech(name);
      const gain = 10 ** ((lufs - integratedLufs(voice)) / 20);
      const frames = framesOf(voice.map((sample) => sample * gain));
      level(frames);
      const settled = joinSound(frames.slice(5 * 50));
      expect(Math.abs(ffmpegLoudness(settled).integratedLufs + 16)).toBeLessThan(2);
    }
  });

  it("then limited, they still sound at -16 LUFS", () => {
    const voice = recordedSpeech("demo-instruct").map((sample) => sample * 0.2);
    const frames = framesOf(voice);
    level(frames);
    const { integratedLufs: lufs, truePeakDbtp: peak } = ffmpegLoudness(
      limited(joinSound(frames.slice(5 * 50))),
    );
    expect(Math.abs(lufs + 16)).toBeLessThan(1);
    expect(peak).toBeLessThanOrEqual(-0.9);
  });
});
