import {
  HOLDING_SECONDS,
  holdingPackets,
  mixInto,
  OPUS_PRE_SKIP_SAMPLES,
  type Opus,
  type OpusEncoderOptions,
  PROGRAM_ENCODING,
  packetSamples,
  THIN_ENCODING,
} from "@rostra/sound";
import {
  FRAME_SAMPLES,
  FRAMES_PER_SECOND,
  type HoldingLoop,
  isHoldingLoop,
  type ProgramFrame,
} from "@rostra/wire";

/** The holding sound, both as it is mixed and as it is published. */
export interface HoldingSound {
  readonly pcm: Float32Array;
  /** Frame n carries packet n modulo their count, on every stage and edge. */
  readonly packets: readonly Uint8Array[];
  /** The thin rendition of each. */
  readonly thin: readonly Uint8Array[];
}

/** As it is made: ten seconds. */
const LOOP_PACKETS = HOLDING_SECONDS * FRAMES_PER_SECOND;

/**
 * @param standing what the relay holds: taken over where it is valid, so that a stage which comes
 *   back is ready half a second sooner and publishes the very packets that the edges have filled in
 */
export async function openHoldingSound(opus: Opus, standing?: unknown): Promise<HoldingSound> {
  const held = isHoldingLoop(standing) ? standing : undefined;
  const packets = readPackets(held?.packets) ?? (await makePackets(opus, PROGRAM_ENCODING));
  const thin = readPackets(held?.thin) ?? (await makePackets(opus, THIN_ENCODING));
  return { pcm: await decodeLoop(opus, packets), packets, thin };
}

async function makePackets(opus: Opus, encoding: OpusEncoderOptions): Promise<Uint8Array[]> {
  const encoder = await opus.createEncoder(encoding);
  try {
    return holdingPackets(encoder);
  } finally {
    encoder.close();
  }
}

function readPackets(held: readonly string[] | undefined): Uint8Array[] | undefined {
  if (held?.length !== LOOP_PACKETS) return undefined;
  const packets = held.map((text) => new Uint8Array(Buffer.from(text, "base64")));
  return packets.every(isFrame) ? packets : undefined;
}

function isFrame(packet: Uint8Array): boolean {
  try {
    return packetSamples(packet) === FRAME_SAMPLES;
  } catch {
    return false;
  }
}

/**
 * The samples behind the packets, each where it was before encoding: the codec's delay is taken off,
 * so that sound mixed from them and encoded again continues the packets without a seam.
 */
async function decodeLoop(opus: Opus, packets: readonly Uint8Array[]): Promise<Float32Array> {
  const decoder = await opus.createDecoder();
  // The last packet first: its tail is heard in the first.
  decoder.decode(packets.at(-1)!);
  const delayed = new Float32Array((packets.length + 1) * FRAME_SAMPLES);
  for (const [index, packet] of [...packets, packets[0]!].entries()) {
    delayed.set(decoder.decode(packet), index * FRAME_SAMPLES);
  }
  decoder.close();
  return delayed.slice(
    OPUS_PRE_SKIP_SAMPLES,
    OPUS_PRE_SKIP_SAMPLES + packets.length * FRAME_SAMPLES,
  );
}

/** As edges read it from the relay. */
export function toHoldingLoop(holding: HoldingSound): HoldingLoop {
  const asText = (packet: Uint8Array) => Buffer.from(packet).toString("base64");
  return { packets: holding.packets.map(asText), thin: holding.thin.map(asText) };
}

/** Frame `number` where nobody is heard: ready-made. */
export function heldFrame({ packets, thin }: HoldingSound, number: number): ProgramFrame {
  const at = number % packets.length;
  return { number, packet: packets[at]!, thin: thin[at]!, holding: true };
}

/** The samples of frame `number`; not a copy. */
export function holdingFrame(holding: HoldingSound, number: number): Float32Array {
  const start = (number % holding.packets.length) * FRAME_SAMPLES;
  return holding.pcm.subarray(start, start + FRAME_SAMPLES);
}

/** 200 ms: soft, and short against a first word. */
const FADE_FRAMES = 10;

/** Moves the holding sound in and out of the program without a cut. */
export class HoldingFade {
  readonly #holding: HoldingSound;
  /** 0: only voices; FADE_FRAMES: only holding sound. */
  #position = FADE_FRAMES;
  #previous = FADE_FRAMES;

  constructor(holding: HoldingSound) {
    this.#holding = holding;
  }

  /** One frame on. @param isHeard whether the program has voices to carry */
  advance(isHeard: boolean): void {
    this.#previous = this.#position;
    this.#position = Math.max(0, Math.min(FADE_FRAMES, this.#position + (isHeard ? -1 : 1)));
  }

  /** This frame is nothing but holding sound: the ready-made packet will do. */
  get isAllHolding(): boolean {
    return this.#previous === FADE_FRAMES && this.#position === FADE_FRAMES;
  }

  /** This frame is nothing but voices. */
  get isAllVoices(): boolean {
    return this.#previous === 0 && this.#position === 0;
  }

  /** Adds this frame's share of the holding sound to one frame of voices, in place. */
  addTo(pcm: Float32Array, number: number): void {
    if (this.isAllVoices) return;
    const faded = holdingFrame(this.#holding, number).slice();
    const step = (this.#position - this.#previous) / FADE_FRAMES / FRAME_SAMPLES;
    let gain = this.#previous / FADE_FRAMES;
    for (let i = 0; i < faded.length; i += 1, gain += step) faded[i] = faded[i]! * gain;
    mixInto(pcm, faded);
  }
}
