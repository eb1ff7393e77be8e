/**
 * What the complexity of the encoders that send back to speakers costs, and what it gives: CPU a
 * frame, and signal to error, mean of the frames that hold speech. Needs espeak-ng and ffmpeg.
 *
 *     node packages/stage/bench/return-encoding.ts [sound file, default a spoken sentence]
 */
import { loadOpus, OPUS_PRE_SKIP_SAMPLES } from "@rostra/sound";
import { decodeAudio, speak } from "@rostra/testkit";
import { FRAME_SAMPLES } from "@rostra/wire";
import { returnEncoding } from "../src/encode/return-feed.ts";

const SENTENCE =
  "Good evening everybody, and welcome. She sells sea shells by the sea shore, and Peter Piper " +
  "picked a peck of pickled peppers while the committee met to discuss the proposal.";
const ROUNDS = 3;
/** Frames below this mean square hold no speech. */
const SPEECH = 1e-5;

const file = process.argv[2];
const pcm = file === undefined ? await speak(SENTENCE) : await decodeAudio(file);
const frames = Math.floor(pcm.length / FRAME_SAMPLES) - 1;
const opus = await loadOpus();

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function measure(complexity: number): Promise<{ microseconds: number; snrDb: number }> {
  let [microseconds, snrDb] = [Number.POSITIVE_INFINITY, 0];
  for (let round = 0; round < ROUNDS; round += 1) {
    const encoder = await opus.createEncoder({ ...returnEncoding(1), complexity });
    const startMs = cpuMs();
    const packets = Array.from({ length: frames }, (_, n) => encoder.encode(frameOf(pcm, n)));
    microseconds = Math.min(microseconds, ((cpuMs() - startMs) / frames) * 1000);
    encoder.close();
    snrDb = await segmentalSnrDb(packets);
  }
  return { microseconds, snrDb };
}

function frameOf(sound: Float32Array, number: number): Float32Array {
  return sound.subarray(number * FRAME_SAMPLES, (number + 1) * FRAME_SAMPLES);
}

async function segmentalSnrDb(packets: readonly Uint8Array[]): Promise<number> {
  const decoder = await opus.createDecoder();
  const heard = new Float32Array(packets.length * FRAME_SAMPLES);
  for (const [n, packet] of packets.entries()) heard.set(decoder.decode(packet), n * FRAME_SAMPLES);
  decoder.close();
  const inTime = heard.subarray(OPUS_PRE_SKIP_SAMPLES);
  const ratios: number[] = [];
  for (let n = 0; (n + 1) * FRAME_SAMPLES <= inTime.length; n += 1) {
    const [said, got] = [frameOf(pcm, n), frameOf(inTime, n)];
    const power = said.reduce((sum, sample) => sum + sample * sample, 0);
    const error = said.reduce((sum, sample, i) => sum + (sample - got[i]!) ** 2, 0);
    // Bounds as are usual for this measure: no frame decides the mean alone.
    const ratio = 10 * Math.log10(power / (error + Number.EPSILON));
    if (power / FRAME_SAMPLES > SPEECH) ratios.push(Math.max(-10, Math.min(35, ratio)));
  }
  return ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
}

process.stdout.write("| complexity | CPU a frame | segmental SNR |\n|---|---|---|\n");
for (const complexity of [0, 1, 2, 3, 4, 5, 10]) {
  const { microseconds, snrDb } = await measure(complexity);
  process.stdout.write(
    `| ${complexity} | ${microseconds.toFixed(0)} µs | ${snrDb.toFixed(1)} dB |\n`,
  );
}
