import { FRAME_MS, FRAME_SAMPLES, parseRtp, SAMPLE_RATE_HZ } from "@rostra/wire";
import { seededRandom } from "../../test/support/random.ts";
import { syntheticVoice } from "../../test/support/synthetic-voice.ts";
import { encodeUplink } from "../../test/support/uplink.ts";

/** Opus packets as a browser sends them, one for each 20 ms, to be sent over and over. */
export type Loop = readonly (Uint8Array | undefined)[];

export interface Loops {
  readonly speech: readonly Loop[];
  /** A quiet room: what a microphone sends that is open while nobody talks. */
  readonly quiet: Loop;
  /**
   * The same of a browser that was asked to skip silence (DTX), once its owner has talked: until
   * then libopus has nothing to tell a voice from a room by.
   */
  readonly skipping: Loop;
}

const VOICES = 6;
const SECONDS = 10;
/** Twenty times of libopus's own round: 400 ms without a packet, and one that is looked at. */
const SKIPPING_FRAMES = 20 * 21;
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
  const [quiet, ...speech] = await Promise.all([noise, ...voices].map((pcm) => encoded(pcm)));
  const afterTalk = new Float32Array(2 * noise.length);
  afterTalk.set(voices[0]!);
  afterTalk.set(noise, noise.length);
  const skipping = (await encoded(afterTalk, true)).slice(-SKIPPING_FRAMES);
  return { speech, quiet: quiet!, skipping };
}

async function encoded(pcm: Float32Array, dtx = false): Promise<Loop> {
  const packets = new Array<Uint8Array | undefined>(Math.floor(pcm.length / FRAME_SAMPLES));
  for (const { atMs, datagram } of await encodeUplink(pcm, { fec: true, dtx })) {
    packets[Math.round(atMs / FRAME_MS) - 1] = parseRtp(datagram).payload;
  }
  return packets;
}
