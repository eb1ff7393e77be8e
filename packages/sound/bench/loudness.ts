/**
 * What the meters, the leveller and the limiter cost, and what the leveller does with voices of any
 * loudness. Needs ffmpeg and Debian's asterisk-core-sounds-en-wav.
 *
 *     node packages/sound/bench/loudness.ts
 */
import {
  LEVEL_TARGET_LUFS,
  Leveller,
  LoudnessMeter,
  TruePeakLimiter,
  TruePeakMeter,
  VoiceActivity,
  VoiceMeter,
} from "../src/index.ts";
import { recordedSpeech } from "../test/contract/tools.ts";
import { framesOf, joinSound } from "../test/synthetic-voice.ts";

const ROUNDS = 5;
const SECOND_FRAMES = 50;

const voice = recordedSpeech("demo-instruct");

function framesAt(lufs: number): Float32Array[] {
  const meter = new LoudnessMeter();
  meter.push(voice);
  const gain = 10 ** ((lufs - meter.integratedLufs) / 20);
  return framesOf(voice.map((sample) => sample * gain));
}

function loudness(pcm: Float32Array): string {
  const meter = new LoudnessMeter();
  meter.push(pcm);
  return meter.integratedLufs.toFixed(1);
}

/** CPU of the process, so that what else the machine does counts for less. */
function costMs(make: () => (frame: Float32Array) => void, lufs: number): number {
  const costs = Array.from({ length: ROUNDS }, () => {
    const frames = framesAt(lufs);
    const process = make();
    const before = globalThis.process.cpuUsage();
    for (const frame of frames) process(frame);
    const { user, system } = globalThis.process.cpuUsage(before);
    return (user + system) / 1000 / (frames.length / SECOND_FRAMES);
  });
  return Math.min(...costs);
}

const parts: readonly (readonly [string, () => (frame: Float32Array) => void])[] = [
  [
    "loudness meter",
    () => {
      const meter = new LoudnessMeter();
      return (frame) => meter.push(frame);
    },
  ],
  [
    "true-peak meter",
    () => {
      const meter = new TruePeakMeter();
      return (frame) => meter.push(frame);
    },
  ],
  [
    "leveller, with voice activity",
    () => {
      const [leveller, activity, meter] = [new Leveller(), new VoiceActivity(), new VoiceMeter()];
      return (frame) => {
        const reading = meter.measure(frame);
        leveller.process(frame, activity.push(reading), reading);
      };
    },
  ],
  [
    "true-peak limiter",
    () => {
      const limiter = new TruePeakLimiter();
      return (frame) => limiter.process(frame);
    },
  ],
];

process.stdout.write(
  "| CPU ms per second of audio | voice at -30 LUFS | at -16 | at -6 |\n|---|---|---|---|\n",
);
for (const [name, make] of parts) {
  const costs = [-30, -16, -6].map((lufs) => costMs(make, lufs).toFixed(2));
  process.stdout.write(`| ${name} | ${costs.join(" | ")} |\n`);
}

process.stdout.write(
  "\n| voice, LUFS | first 3 s | from 5 s on | largest gain |\n|---|---|---|---|\n",
);
for (const lufs of [-50, -40, -30, -20, LEVEL_TARGET_LUFS, -10, -4]) {
  const [leveller, activity, meter] = [new Leveller(), new VoiceActivity(), new VoiceMeter()];
  const frames = framesAt(lufs);
  let most = 0;
  for (const frame of frames) {
    const reading = meter.measure(frame);
    leveller.process(frame, activity.push(reading), reading);
    if (Math.abs(leveller.gainDb) > Math.abs(most)) most = leveller.gainDb;
  }
  const first = loudness(joinSound(frames.slice(0, 3 * SECOND_FRAMES)));
  const settled = loudness(joinSound(frames.slice(5 * SECOND_FRAMES)));
  process.stdout.write(`| ${lufs} | ${first} | ${settled} | ${most.toFixed(1)} dB |\n`);
}
