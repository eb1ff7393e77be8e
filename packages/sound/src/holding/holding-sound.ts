import { FRAME_SAMPLES, SAMPLE_RATE_HZ } from "@rostra/wire";
import type { OpusEncoder } from "../opus/opus.ts";

/** Length of the holding sound: ten seconds. */
export const HOLDING_SECONDS = 10;
const HOLDING_SAMPLES = HOLDING_SECONDS * SAMPLE_RATE_HZ;
/** RMS of the whole loop, dBFS; about the same in LUFS. Present, but never in the way. */
export const HOLDING_DBFS = -40;

/**
 * One slow voice of the pad. Everything is counted in whole cycles per loop, so that the end
 * meets the beginning by construction: `cycles` of the tone itself, `swells` of its loudness.
 */
interface Voice {
  readonly cycles: number;
  readonly amplitude: number;
  readonly swells: number;
  /** Where in its swell the voice starts, in turns. */
  readonly phase: number;
}

// An open chord (D, A, D, E, F sharp): pleasant, neither asking nor concluding. The pairs of
// neighbouring cycles beat slowly against each other, which keeps a pure tone from sounding dead.
const VOICES: readonly Voice[] = [
  { cycles: 1468, amplitude: 0.8, swells: 1, phase: 0 },
  { cycles: 1471, amplitude: 0.5, swells: 2, phase: 0.5 },
  { cycles: 2200, amplitude: 0.9, swells: 2, phase: 0.25 },
  { cycles: 2203, amplitude: 0.5, swells: 1, phase: 0.75 },
  { cycles: 2937, amplitude: 0.7, swells: 3, phase: 0.1 },
  { cycles: 3296, amplitude: 0.45, swells: 2, phase: 0.6 },
  { cycles: 3700, amplitude: 0.4, swells: 3, phase: 0.85 },
  { cycles: 5874, amplitude: 0.12, swells: 4, phase: 0.4 },
];

/** The quiet pad that a program carries when there is nothing to carry: 10 s, mono, loops. */
export function holdingSound(): Float32Array<ArrayBuffer> {
  const pcm = new Float32Array(HOLDING_SAMPLES);
  for (const voice of VOICES) addVoice(pcm, voice);
  let energy = 0;
  for (const sample of pcm) energy += sample * sample;
  const gain = 10 ** (HOLDING_DBFS / 20) / Math.sqrt(energy / pcm.length);
  for (let i = 0; i < pcm.length; i += 1) pcm[i] = pcm[i]! * gain;
  return pcm;
}

function addVoice(pcm: Float32Array, voice: Voice): void {
  const turn = (2 * Math.PI) / pcm.length;
  for (let i = 0; i < pcm.length; i += 1) {
    // The product stays below 2^53, and taking it modulo the length keeps sin() exact.
    const tone = Math.sin(turn * ((voice.cycles * i) % pcm.length));
    const swell =
      0.6 + 0.4 * Math.sin(turn * ((voice.swells * i) % pcm.length) + turns(voice.phase));
    pcm[i] = pcm[i]! + voice.amplitude * swell * tone;
  }
}

function turns(phase: number): number {
  return 2 * Math.PI * phase;
}

/**
 * The holding sound as packets of 20 ms: frame n of a program carries packet n modulo their
 * count. Encoded in a second round, when the encoder has just heard the end of the first, so that
 * the wrap is like any other place.
 * @param encoder a fresh one with the program's encoding (prediction disabled); stays the caller's
 */
export function holdingPackets(encoder: OpusEncoder): Uint8Array<ArrayBuffer>[] {
  const pcm = holdingSound();
  const encodeRound = () => {
    const packets: Uint8Array<ArrayBuffer>[] = [];
    for (let at = 0; at < pcm.length; at += FRAME_SAMPLES) {
      packets.push(encoder.encode(pcm.subarray(at, at + FRAME_SAMPLES)));
    }
    return packets;
  };
  encodeRound();
  return encodeRound();
}
