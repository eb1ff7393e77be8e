import { holdingPackets, holdingSound, mixInto, type Opus, PROGRAM_ENCODING } from "@rostra/sound";
import { FRAME_SAMPLES, type HoldingLoop } from "@rostra/wire";

/** The holding sound, both as it is mixed and as it is published. */
export interface HoldingSound {
  readonly pcm: Float32Array;
  /** Frame n carries packet n modulo their count, on every stage and edge. */
  readonly packets: readonly Uint8Array[];
}

export async function makeHoldingSound(opus: Opus): Promise<HoldingSound> {
  const encoder = await opus.createEncoder(PROGRAM_ENCODING);
  try {
    return { pcm: holdingSound(), packets: holdingPackets(encoder) };
  } finally {
    encoder.close();
  }
}

/** As edges read it from the relay. */
export function toHoldingLoop(holding: HoldingSound): HoldingLoop {
  return { packets: holding.packets.map((packet) => Buffer.from(packet).toString("base64")) };
}

export function holdingPacket(holding: HoldingSound, number: number): Uint8Array {
  return holding.packets[number % holding.packets.length]!;
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
