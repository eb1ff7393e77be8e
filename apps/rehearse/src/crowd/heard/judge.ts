import { type OpusDecoder, SILENT_PACKET } from "@rostra/sound";
import { FRAME_SAMPLES, type ProgramFrame } from "@rostra/wire";
import { LoudnessMatch, rms } from "./correlation.ts";
import type { Ear, HeardFrame } from "./ear.ts";

/** What one listener of the sample heard, against the program. */
export interface Verdict {
  readonly protocol: string;
  readonly frames: number;
  readonly missing: number;
  readonly repeated: number;
  /** Byte for byte as the program's, or not. */
  readonly identical: number;
  readonly different: number;
  /** Frames that the server didn't give any more to compare with. */
  readonly unchecked: number;
  /** Of the loudness of what was heard with the program's, -1 to 1; null where either is flat. */
  readonly correlation: number | null;
  /** Mean level, dBFS RMS; null for digital silence. */
  readonly levelDbfs: number | null;
  /** The longest stretch below -60 dBFS, ms. */
  readonly silentMs: number;
  /** Every frame in order, once, byte for byte, and not silent. */
  readonly whole: boolean;
}

/** Mean level below which a listener heard nothing. */
const AUDIBLE_DBFS = -60;
/** For a decoder of its own, the first frames are not yet what they will be. */
const SETTLING_FRAMES = 5;

/** Holds one ear's frames against the program's, and decodes both. */
export class Judge {
  readonly #ear: Ear;
  readonly #decoder: OpusDecoder;
  readonly #match = new LoudnessMatch();
  #identical = 0;
  #different = 0;
  #unchecked = 0;
  #decoded = 0;

  /** @param decoder a fresh one; closed by `close` */
  constructor(ear: Ear, decoder: OpusDecoder) {
    this.#ear = ear;
    this.#decoder = decoder;
  }

  /**
   * @param heard in order, each once
   * @param program by number
   * @param loudness RMS of the program's frames when decoded, by number
   */
  compare(
    heard: readonly HeardFrame[],
    program: ReadonlyMap<number, ProgramFrame>,
    loudness: ReadonlyMap<number, number>,
  ): void {
    for (const { number, packet } of heard) {
      const level = rms(decodeOr(this.#decoder, packet));
      this.#decoded += 1;
      const aired = program.get(number);
      if (aired === undefined) {
        this.#unchecked += 1;
        continue;
      }
      if (isSame(packet, aired.packet)) this.#identical += 1;
      else this.#different += 1;
      if (this.#decoded > SETTLING_FRAMES) this.#match.add(level, loudness.get(number) ?? 0);
    }
  }

  verdict(): Verdict {
    const { protocol, frames, missing, repeated, overflowed } = this.#ear;
    const unchecked = this.#unchecked + overflowed;
    const { correlation, levelDbfs, longestSilentFrames } = this.#match;
    return {
      protocol,
      frames,
      missing,
      repeated,
      identical: this.#identical,
      different: this.#different,
      unchecked,
      correlation,
      levelDbfs,
      silentMs: longestSilentFrames * 20,
      whole:
        frames > 0 &&
        missing + repeated + this.#different + unchecked === 0 &&
        levelDbfs !== null &&
        levelDbfs > AUDIBLE_DBFS,
    };
  }

  close(): void {
    this.#decoder.close();
  }
}

/** A packet that can't be decoded is heard as nothing. */
export function decodeOr(decoder: OpusDecoder, packet: Uint8Array): Float32Array {
  try {
    return packet.length === 0 ? decoder.conceal(FRAME_SAMPLES) : decoder.decode(packet);
  } catch {
    return new Float32Array(FRAME_SAMPLES);
  }
}

/** Containers can't leave out a frame: silence stands for one that was lost. */
function isSame(heard: Uint8Array, aired: Uint8Array): boolean {
  const expected = aired.length === 0 && heard.length > 0 ? SILENT_PACKET : aired;
  return Buffer.compare(heard, expected) === 0;
}
