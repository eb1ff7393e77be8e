import { parseRtp, SAMPLE_RATE_HZ } from "@rostra/wire";
import { seededRandom } from "../../test/support/random.ts";
import { syntheticVoice } from "../../test/support/synthetic-voice.ts";
import { encodeUplink } from "../../test/support/uplink.ts";

/** Opus packets as a browser sends them, to be sent over and over. */
export interface Loops {
  readonly speech: readonly (readonly Uint8Array[])[];
  /** A quiet room: what a microphone sends that is open while nobody talks. */
  readonly quiet: readonly Uint8Array[];
}

const VOICES = 6;
const SECONDS = 10;
/** RMS about -72 dBFS. */
const QUIET_PEAK = 0.00043;

export async function loopsOf(): Promise<Loops> {
  const voices = Array.from({ length: VOICES }, (_, seed) =>
    syntheticVoice({ seconds: SECONDS, seed: seed + 1, pitchHz: 100 + 25 * seed, peak: 0.4 }),
  );
  const random = seededRandom(99);
  const noise = Float32Array.from(
    { length: SECONDS * SAMPLE_RATE_HZ },
    () => QUIET_PEAK * (2 * random() - 1),
  );
  const [quiet, ...speech] = await Promise.all([noise, ...voices].map(encoded));
  return { speech, quiet: quiet! };
}

async function encoded(pcm: Float32Array): Promise<Uint8Array[]> {
  const sent = await encodeUplink(pcm, { fec: true });
  return sent.map(({ datagram }) => parseRtp(datagram).payload);
}
