/**
 * What the complexity of the encoders that send back to speakers costs, and what it gives: CPU a
 * frame; signal to error, mean of the frames that hold speech; STOI; and what is heard before a
 * sound that sets in suddenly (a "p", a "t"): error in the 10 ms before it, against the 10 ms after,
 * mean and worst. Needs espeak-ng and ffmpeg.
 *
 *     node packages/stage/bench/return-encoding.ts [sound files that sound at once, default a spoken sentence]
 */
import { loadOpus, mixInto, OPUS_PRE_SKIP_SAMPLES } from "@rostra/sound";
import { decodeAudio, intelligibility, speak } from "@rostra/testkit";
import { FRAME_SAMPLES, SAMPLE_RATE_HZ } from "@rostra/wire";
import { returnEncoding } from "../src/encode/return-feed.ts";
import { meanSquare } from "../src/mix/mean-square.ts";

const SENTENCE =
  "Good evening everybody, and welcome. She sells sea shells by the sea shore, and Peter Piper " +
  "picked a peck of pickled peppers while the committee met to discuss the proposal.";
const ROUNDS = 3;
/** Frames below this mean square hold no speech. */
const SPEECH = 1e-5;
const ATTACK_SAMPLES = SAMPLE_RATE_HZ / 100;
/** So much louder than the 10 ms before, dB, is sudden; and loud enough to matter is -35 dBFS. */
const SUDDEN_DB = 20;
const LOUD = 10 ** (-35 / 10);

const voices = await Promise.all(process.argv.slice(2).map((file) => decodeAudio(file)));
const pcm = voices.length === 0 ? await speak(SENTENCE) : together(voices);
const frames = Math.floor(pcm.length / FRAME_SAMPLES) - 1;
const opus = await loadOpus();

/** As long as the shortest, and no louder than the loudest of a few can be without clipping. */
function together(all: readonly Float32Array[]): Float32Array {
  const sum = new Float32Array(Math.min(...all.map(({ length }) => length)));
  for (const voice of all) mixInto(sum, voice.subarray(0, sum.length), 1 / Math.sqrt(all.length));
  return sum;
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

interface Result {
  readonly microseconds: number;
  readonly snrDb: number;
  readonly stoi: number;
  readonly preEchoesDb: readonly number[];
}

async function measure(complexity: number): Promise<Result> {
  let microseconds = Number.POSITIVE_INFINITY;
  let heard = new Float32Array(0);
  for (let round = 0; round < ROUNDS; round += 1) {
    const encoder = await opus.createEncoder({ ...returnEncoding(1), complexity });
    const startMs = cpuMs();
    const packets = Array.from({ length: frames }, (_, n) => encoder.encode(frameOf(pcm, n)));
    microseconds = Math.min(microseconds, ((cpuMs() - startMs) / frames) * 1000);
    encoder.close();
    heard = await decoded(packets);
  }
  const said = pcm.subarray(0, heard.length);
  const stoi = intelligibility(said, heard);
  return {
    microseconds,
    snrDb: segmentalSnrDb(heard),
    stoi,
    preEchoesDb: preEchoesDb(said, heard),
  };
}

function decibel(power: number): number {
  return 10 * Math.log10(power + 1e-12);
}

function preEchoesDb(said: Float32Array, heard: Float32Array): number[] {
  const echoes: number[] = [];
  const error = heard.map((sample, i) => sample - said[i]!);
  for (let at = ATTACK_SAMPLES; at + ATTACK_SAMPLES < said.length; ) {
    const before = meanSquare(said.subarray(at - ATTACK_SAMPLES, at));
    const after = meanSquare(said.subarray(at, at + ATTACK_SAMPLES));
    if (after < LOUD || decibel(after / (before + 1e-9)) < SUDDEN_DB) {
      at += 48;
      continue;
    }
    echoes.push(decibel(meanSquare(error.subarray(at - ATTACK_SAMPLES, at)) / after));
    at += 10 * ATTACK_SAMPLES;
  }
  return echoes;
}

function frameOf(sound: Float32Array, number: number): Float32Array {
  return sound.subarray(number * FRAME_SAMPLES, (number + 1) * FRAME_SAMPLES);
}

/** @returns in time with what was said */
async function decoded(packets: readonly Uint8Array[]): Promise<Float32Array<ArrayBuffer>> {
  const decoder = await opus.createDecoder();
  const heard = new Float32Array(packets.length * FRAME_SAMPLES);
  for (const [n, packet] of packets.entries()) heard.set(decoder.decode(packet), n * FRAME_SAMPLES);
  decoder.close();
  return heard.subarray(OPUS_PRE_SKIP_SAMPLES);
}

function segmentalSnrDb(inTime: Float32Array): number {
  const ratios: number[] = [];
  for (let n = 0; (n + 1) * FRAME_SAMPLES <= inTime.length; n += 1) {
    const [said, got] = [frameOf(pcm, n), frameOf(inTime, n)];
    const power = said.reduce((sum, sample) => sum + sample * sample, 0);
    const error = said.reduce((sum, sample, i) => sum + (sample - got[i]!) ** 2, 0);
    // Bounds as are usual for this measure: no frame decides the mean alone.
    const ratio = decibel(power / (error + Number.EPSILON));
    if (power / FRAME_SAMPLES > SPEECH) ratios.push(Math.max(-10, Math.min(35, ratio)));
  }
  return ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
}

process.stdout.write(
  "| complexity | CPU a frame | segmental SNR | STOI | before sudden sounds, mean | worst | sudden sounds |\n|---|---|---|---|---|---|---|\n",
);
for (const complexity of [0, 1, 2, 3, 4, 5, 10]) {
  const { microseconds, snrDb, stoi, preEchoesDb: echoes } = await measure(complexity);
  const mean = echoes.reduce((sum, echo) => sum + echo, 0) / echoes.length;
  const figures = [
    `${microseconds.toFixed(0)} µs`,
    `${snrDb.toFixed(1)} dB`,
    stoi.toFixed(4),
    `${mean.toFixed(1)} dB`,
    `${Math.max(...echoes).toFixed(1)} dB`,
    echoes.length,
  ];
  process.stdout.write(`| ${complexity} | ${figures.join(" | ")} |\n`);
}
