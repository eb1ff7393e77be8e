import { SAMPLE_RATE_HZ } from "@rostra/wire";
import { seededRandom } from "./random.ts";

export interface SyntheticVoiceOptions {
  readonly seconds: number;
  /** Pitch: 110 is a low voice, 220 a high one. */
  readonly pitchHz?: number;
  /** Different seeds say different things. */
  readonly seed?: number;
  /** Peak, 0 to 1. */
  readonly peak?: number;
}

/**
 * Something like speech, without any tool: a buzz with formants in syllables of uneven length and
 * loudness, with pauses. Loudness over time differs between seeds, which is what tests compare.
 */
export function syntheticVoice(options: SyntheticVoiceOptions): Float32Array {
  const { seconds, pitchHz = 130, seed = 1, peak = 0.5 } = options;
  const random = seededRandom(seed);
  const pcm = new Float32Array(Math.round(seconds * SAMPLE_RATE_HZ));
  let phase = 0;
  for (let at = 0; at < pcm.length; ) {
    const length = Math.round((0.09 + 0.2 * random()) * SAMPLE_RATE_HZ);
    const loudness = random() < 0.25 ? 0 : 0.25 + 0.75 * random();
    const pitch = pitchHz * (0.9 + 0.2 * random());
    const formant = 400 + 1_600 * random();
    for (let i = 0; i < length && at < pcm.length; i += 1, at += 1) {
      phase += (2 * Math.PI * pitch) / SAMPLE_RATE_HZ;
      let sample = 0;
      for (let harmonic = 1; harmonic <= 20; harmonic += 1) {
        const distance = (harmonic * pitch - formant) / 500;
        sample += Math.sin(harmonic * phase) / (1 + distance * distance) / 4;
      }
      const swell = Math.sin((Math.PI * i) / length);
      pcm[at] = peak * loudness * Math.sqrt(swell) * Math.tanh(sample);
    }
  }
  return pcm;
}
