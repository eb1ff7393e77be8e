import { interleaved, loadOpus, programEncoding } from "@rostra/sound";
import {
  type Channels,
  FRAME_SAMPLES,
  FRAMES_PER_SECOND,
  type ProgramFrame,
  SAMPLE_RATE_HZ,
} from "@rostra/wire";

const SECONDS = 10;
const FRAMES = SECONDS * FRAMES_PER_SECOND;

/** Ten seconds that loop, as loud and still as speech, with no passage like another. */
export interface VoiceLike {
  readonly pcm: Float32Array;
  /** Frame n carries packet n modulo 500. */
  frameAt(number: number): ProgramFrame;
}

/** Syllables of 80 to 300 ms with pauses between, from a fixed seed. */
function syllables(firstSeed = 12_345): Float32Array {
  const pcm = new Float32Array(SECONDS * SAMPLE_RATE_HZ);
  let seed = firstSeed;
  const random = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return seed / 0x7fffffff;
  };
  for (let at = 0; at < pcm.length; ) {
    const length = Math.round((0.08 + 0.22 * random()) * SAMPLE_RATE_HZ);
    const [pitchHz, loudness] = [110 + 120 * random(), 0.05 + 0.3 * random()];
    for (let i = 0; i < length && at + i < pcm.length; i += 1) {
      const turn = (2 * Math.PI * pitchHz * i) / SAMPLE_RATE_HZ;
      const tone = Math.sin(turn) + 0.5 * Math.sin(3 * turn) + 0.3 * Math.sin(7 * turn);
      pcm[at + i] = loudness * Math.sin((Math.PI * i) / length) * tone;
    }
    at += length + Math.round((0.03 + 0.2 * random()) * SAMPLE_RATE_HZ);
  }
  return pcm;
}

export async function voiceLike(): Promise<VoiceLike> {
  const pcm = syllables();
  return { pcm, frameAt: await framesOf(pcm, 1) };
}

/** The same in stereo, with another voice on each side. */
export async function stereoLike() {
  const [left, right] = [syllables(), syllables(999)];
  return { left, right, frameAt: await framesOf(interleaved(left, right), 2) };
}

async function framesOf(pcm: Float32Array, channels: Channels): Promise<VoiceLike["frameAt"]> {
  const encoder = await (await loadOpus()).createEncoder(programEncoding(channels));
  const samples = FRAME_SAMPLES * channels;
  const packets = Array.from({ length: FRAMES }, (_, at) =>
    encoder.encode(pcm.subarray(at * samples, (at + 1) * samples)),
  );
  encoder.close();
  return (number) => ({ number, packet: packets[number % FRAMES]!, holding: false });
}

/** Twice around, so that any ten seconds of what was heard lie within. */
export function twice(pcm: Float32Array): Float32Array {
  const both = new Float32Array(2 * pcm.length);
  both.set(pcm);
  both.set(pcm, pcm.length);
  return both;
}
