/**
 * What playing faster and slower does to real voices: pitch, how like the original it is, and what it
 * costs. Needs ffmpeg, espeak-ng and Debian's asterisk-core-sounds-en-wav.
 *
 *     npm run bench:stretch
 */
import { SAMPLE_RATE_HZ } from "@rostra/wire";
import { TimeStretcher } from "../src/stretch/time-stretcher.ts";
import { recordedSpeech, speech } from "../test/contract/tools.ts";
import { cents, medianPitch } from "../test/pitch.ts";
import { framesOf, joinSound } from "../test/synthetic-voice.ts";

const RATES = [0.9, 1.05, 1.15, 1.25];
/** What is looked for in the original, and how far around the place where it should be. */
const WINDOW = 0.02 * SAMPLE_RATE_HZ;
const AROUND = 0.04 * SAMPLE_RATE_HZ;

const text =
  "The quick brown fox jumps over the lazy dog, then it rests and looks at the evening sky.";
const voices: readonly (readonly [string, Float32Array])[] = [
  ["recorded, a woman", recordedSpeech("demo-instruct")],
  ["synthetic, a man", speech(text, "en-us")],
  ["synthetic, a woman", speech(text, "en-gb+f3")],
];

const lines = [
  "| voice | rate | length, of what it should be | pitch off, cents | by resampling | like the original, median | 5th percentile | CPU, ms per s of sound |",
  "|---|---|---|---|---|---|---|---|",
];
for (const [name, pcm] of voices) {
  const pitch = medianPitch(pcm);
  for (const rate of RATES) {
    const stretcher = new TimeStretcher();
    const blocks = framesOf(pcm).map((frame) => [frame.slice()]);
    const before = process.cpuUsage();
    const parts = blocks.map((block) => stretcher.push(block, rate)[0]!);
    const { user, system } = process.cpuUsage(before);
    const costMs = (user + system) / 1_000 / (pcm.length / SAMPLE_RATE_HZ);
    const out = joinSound(parts);
    const alike = likeness(pcm, out, rate);
    const at = (share: number) => alike[Math.floor(alike.length * share)]!.toFixed(3);
    const off = cents(medianPitch(out), pitch).toFixed(0);
    const length = (out.length / (pcm.length / rate)).toFixed(3);
    const resampled = (1_200 * Math.log2(rate)).toFixed(0);
    lines.push(
      `| ${name} | ${rate} | ${length} | ${off} | ${resampled} | ${at(0.5)} | ${at(0.05)} | ${costMs.toFixed(1)} |`,
    );
  }
}
process.stdout.write(`${lines.join("\n")}\n`);

/** For each 20 ms with a voice in it: the best correlation with the original thereabouts, ascending. */
function likeness(original: Float32Array, out: Float32Array, rate: number): number[] {
  const found: number[] = [];
  for (let at = 0; at + WINDOW < out.length; at += 5 * WINDOW) {
    const piece = out.subarray(at, at + WINDOW);
    if (piece.reduce((sum, sample) => sum + sample * sample, 0) / WINDOW < 1e-5) continue;
    let best = 0;
    const from = Math.max(0, Math.round(at * rate) - AROUND);
    const to = Math.min(original.length - WINDOW, from + 2 * AROUND);
    for (let place = from; place < to; place += 1) {
      best = Math.max(best, correlation(piece, original.subarray(place, place + WINDOW)));
    }
    found.push(best);
  }
  return found.sort((a, b) => a - b);
}

function correlation(a: Float32Array, b: Float32Array): number {
  let [product, powerA, powerB] = [0, 1e-12, 1e-12];
  for (let i = 0; i < a.length; i += 2) {
    product += a[i]! * b[i]!;
    powerA += a[i]! ** 2;
    powerB += b[i]! ** 2;
  }
  return product / Math.sqrt(powerA * powerB);
}
