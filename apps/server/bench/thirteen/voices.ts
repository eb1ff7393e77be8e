import { loadOpus } from "@rostra/sound";
import { speak } from "@rostra/testkit";
import { FRAME_SAMPLES } from "@rostra/wire";

/** One speaker's voice, to be said over and over. */
export interface Voice {
  readonly pcm: Float32Array;
  readonly packets: readonly Uint8Array[];
}

const SENTENCES = [
  "The boat left the harbour before the sun came up behind the hills.",
  "Nobody in the room could say why the clock had stopped at ten past four.",
  "She keeps three jars of plum jam on the top shelf of the pantry.",
  "A thick fog rolled in, and the ferry sounded its horn every two minutes.",
  "Please bring a warm coat, because the evenings by the lake are chilly.",
  "The young clerk weighed the parcel, stamped it twice, and put it aside.",
  "Fresh bread and sharp cheese make a good lunch after a long walk.",
  "He chose the wrong path at the fork and had to climb back in the rain.",
  "The judge asked a short question, and the whole court waited.",
  "Two brown dogs chased a yellow ball across the wet grass of the park.",
  "If the bridge is closed, take the second road on the left past the mill.",
  "Her voice was calm, but her hands shook as she unfolded the letter.",
  "Seven small lamps were lit along the wall of the empty theatre.",
];
const KINDS = ["en-us", "en-gb+f2", "en-gb-scotland+m3", "en-us+f4", "en-gb+m5"];
/** Frames quieter than this, RMS, are pauses. */
const PAUSE_RMS = 0.01;
/** Of uniform noise, about -72 dBFS: a microphone that is open while its owner is silent. */
const QUIET_PEAK = 0.00043;

/** A voice for each speaker: other words, another throat. */
export async function voicesFor(people: number): Promise<Voice[]> {
  const voices: Voice[] = [];
  for (let who = 0; who < people; who += 1) {
    const text = SENTENCES[who % SENTENCES.length]!;
    const spoken = await speak(text, { voice: KINDS[who % KINDS.length]!, speed: 150 + 3 * who });
    voices.push(await encoded(withoutPauses(spoken)));
  }
  return voices;
}

export function quietRoom(): Promise<Voice> {
  const noise = Float32Array.from(
    { length: 100 * FRAME_SAMPLES },
    () => QUIET_PEAK * (2 * Math.random() - 1),
  );
  return encoded(noise);
}

/** Speech that never stops: whether it is heard can be said of any moment. */
function withoutPauses(pcm: Float32Array): Float32Array {
  const frames: Float32Array[] = [];
  for (let at = 0; at + FRAME_SAMPLES <= pcm.length; at += FRAME_SAMPLES) {
    const frame = pcm.subarray(at, at + FRAME_SAMPLES);
    if (rms(frame) > PAUSE_RMS) frames.push(frame);
  }
  const dense = new Float32Array(frames.length * FRAME_SAMPLES);
  for (const [index, frame] of frames.entries()) dense.set(frame, index * FRAME_SAMPLES);
  return dense;
}

export function rms(pcm: Float32Array): number {
  return Math.sqrt(pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length);
}

/** As a browser does: for voice, with in-band FEC. */
async function encoded(pcm: Float32Array): Promise<Voice> {
  const opus = await loadOpus();
  const encoder = await opus.createEncoder({
    bitrate: 32_000,
    application: "voip",
    fec: true,
    packetLossPercent: 10,
  });
  const packets: Uint8Array[] = [];
  for (let at = 0; at + FRAME_SAMPLES <= pcm.length; at += FRAME_SAMPLES) {
    packets.push(encoder.encode(pcm.subarray(at, at + FRAME_SAMPLES)));
  }
  encoder.close();
  return { pcm: pcm.subarray(0, packets.length * FRAME_SAMPLES), packets };
}
