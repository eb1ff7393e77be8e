import { FRAME_SAMPLES, SAMPLE_RATE_HZ } from "@rostra/wire";

/** A small generator of repeatable randomness (linear congruential), 0 to 1. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Something that codecs and detectors take for a voice: harmonics of a wandering pitch, formed
 * into syllables of random length and loudness with pauses between. Another seed, another voice.
 */
export function syntheticVoice(seconds: number, seed = 1): Float32Array<ArrayBuffer> {
  const random = seededRandom(seed * 7_919);
  const pcm = new Float32Array(Math.round(seconds * SAMPLE_RATE_HZ));
  const pitchHz = 100 + 120 * random();
  let phase = 0;
  for (let start = 0; start < pcm.length; ) {
    const length = Math.round((0.12 + 0.2 * random()) * SAMPLE_RATE_HZ);
    const loudness = 0.08 + 0.2 * random();
    const glide = 0.8 + 0.4 * random();
    const formant = 3 + Math.floor(random() * 8);
    const end = Math.min(pcm.length, start + length);
    for (let i = start; i < end; i += 1) {
      const progress = (i - start) / length;
      phase += (pitchHz * (1 + (glide - 1) * progress)) / SAMPLE_RATE_HZ;
      let sum = 0;
      for (let harmonic = 1; harmonic <= 16; harmonic += 1) {
        sum += Math.sin(2 * Math.PI * harmonic * phase) / (1 + Math.abs(harmonic - formant));
      }
      pcm[i] = (loudness * Math.sin(Math.PI * progress) * sum) / 2;
    }
    const pause = random() < 0.25 ? 0.3 : 0.03;
    start = end + Math.round(pause * random() * SAMPLE_RATE_HZ);
  }
  return pcm;
}

export function sine(hz: number, amplitude: number, samples: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(
    { length: samples },
    (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / SAMPLE_RATE_HZ),
  );
}

/** White noise with the given RMS. */
export function noise(rms: number, samples: number, seed = 1): Float32Array<ArrayBuffer> {
  const random = seededRandom(seed);
  return Float32Array.from({ length: samples }, () => (random() * 2 - 1) * rms * Math.sqrt(3));
}

/** Whole frames of 20 ms; what is left over is left out. */
export function framesOf(pcm: Float32Array): Float32Array[] {
  return Array.from({ length: Math.floor(pcm.length / FRAME_SAMPLES) }, (_, index) =>
    pcm.subarray(index * FRAME_SAMPLES, (index + 1) * FRAME_SAMPLES),
  );
}

export function joinSound(parts: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const joined = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Sum of the squared differences over the sum of the squares of `reference`, in dB. */
export function errorDb(actual: Float32Array, reference: Float32Array): number {
  let error = 0;
  let power = 0;
  for (let i = 0; i < reference.length; i += 1) {
    error += (actual[i]! - reference[i]!) ** 2;
    power += reference[i]! ** 2;
  }
  return 10 * Math.log10((error + 1e-20) / (power + 1e-20));
}

/** Cuts `bytes` at the given places, to feed a reader piece by piece. */
export function cutInto(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b);
  return [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length));
}
