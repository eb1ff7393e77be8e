import { FRAME_SAMPLES } from "@rostra/wire";
import { SoundError } from "../errors.ts";
import { Liveliness } from "./liveliness.ts";
import { lufsOf } from "./lufs.ts";
import { RoomNoise } from "./room-noise.ts";
import { SpeechLevel } from "./speech-level.ts";
import type { VoiceReading } from "./voice-meter.ts";

/** How loud each voice should be, in LUFS (mono). */
export const LEVEL_TARGET_LUFS = -16;
/** A voice can be turned down and up by so much. */
const LEAST_GAIN_DB = -12;
const MOST_GAIN_DB = 24;
/** Gain lifts the room with the voice: never further than to here, and never for the room alone. */
const MOST_ROOM_LUFS = -42;

const FRAME_SECONDS = 0.02;
/** How fast the gain follows: fast for a newcomer until it is right once, unnoticed from then on. */
const FIRST_DB_PER_SECOND = 12;
const UP_DB_PER_SECOND = 3;
const DOWN_DB_PER_SECOND = 6;

/** What a shout is measured over: about 60 ms. */
const SHOUT_SHARE_PER_FRAME = 1 / 3;
/** Syllables stand so far above a voice's loudness; what goes further is a shout. */
const SHOUT_OVER_TARGET_LU = 9;
/** Down within two frames or three, back over a breath. */
const SHOUT_DOWN_DB_PER_FRAME = 6;
const SHOUT_UP_DB_PER_SECOND = 8;

/**
 * Brings one voice towards -16 LUFS. Its loudness is measured over the last eight seconds of its
 * own speech (BS.1770 blocks, gated), so neither pauses nor the room change the gain: it stands
 * still in them. The gain lies between -12 and +24 dB, is limited where it would lift the room's
 * noise above -42 LUFS, and moves in straight lines inside frames: no clicks. A shout is turned
 * down within about 60 ms. No delay. One per speaker.
 */
export class Leveller {
  readonly #level = new SpeechLevel();
  readonly #room = new RoomNoise();
  readonly #liveliness = new Liveliness();
  #wasRight = false;
  #gainDb = 0;
  #shoutDb = 0;
  /** Loudness of the last 60 ms, as energy per sample. */
  #recent = 0;
  /** Linear, at the end of the last frame. */
  #gain = 1;

  /** The gain at the end of the last frame, in dB. */
  get gainDb(): number {
    return this.#gainDb + this.#shoutDb;
  }

  /** The part of the gain that follows the talker's loudness, without what calms shouts, in dB. */
  get steadyDb(): number {
    return this.#gainDb;
  }

  /** Goes on from a gain that another leveller has found for the same voice. */
  adopt(steadyDb: number): void {
    this.#gainDb = Math.max(LEAST_GAIN_DB, Math.min(MOST_GAIN_DB, steadyDb));
  }

  /** How loud the talker is before levelling, in LUFS; undefined before 0.8 s of speech. */
  get talkerLufs(): number | undefined {
    return this.#level.lufs;
  }

  /**
   * Levels one frame in place.
   * @param pcm 960 samples, mono
   * @param isVoice whether a voice is heard in it: see `VoiceActivity`
   * @param reading of this frame as it came
   * @returns mean square of what it leaves
   * @throws {SoundError} `bad-length`
   */
  process(pcm: Float32Array, isVoice: boolean, reading: VoiceReading): number {
    if (pcm.length !== FRAME_SAMPLES) {
      throw new SoundError("bad-length", "a voice is levelled frame by frame");
    }
    const { weighted } = reading;
    const lufs = lufsOf(weighted);
    this.#room.push(lufs);
    if (isVoice && this.#liveliness.push(lufs)) {
      this.#level.push(weighted);
      this.#follow();
    }
    this.#calmShouts(weighted);
    return this.#ramp(pcm, 10 ** (this.gainDb / 20), reading.plain);
  }

  #follow(): void {
    const talker = this.#level.lufs;
    if (talker === undefined) return;
    const wanted = Math.max(LEAST_GAIN_DB, Math.min(this.#mostDb(), LEVEL_TARGET_LUFS - talker));
    const missing = wanted - this.#gainDb;
    if (Math.abs(missing) < 1) this.#wasRight = true;
    const slow = missing > 0 ? UP_DB_PER_SECOND : DOWN_DB_PER_SECOND;
    const most = (this.#wasRight ? slow : FIRST_DB_PER_SECOND) * FRAME_SECONDS;
    this.#gainDb += Math.max(-most, Math.min(most, missing));
  }

  #mostDb(): number {
    const room = this.#room.lufs;
    if (room === undefined) return MOST_GAIN_DB;
    return Math.min(MOST_GAIN_DB, Math.max(0, MOST_ROOM_LUFS - room));
  }

  #calmShouts(meanSquare: number): void {
    this.#recent += SHOUT_SHARE_PER_FRAME * (meanSquare - this.#recent);
    const loudest = LEVEL_TARGET_LUFS + SHOUT_OVER_TARGET_LU;
    const over = lufsOf(this.#recent) + this.#gainDb - loudest;
    const wanted = Math.min(0, -over);
    const least = this.#shoutDb - SHOUT_DOWN_DB_PER_FRAME;
    const most = this.#shoutDb + SHOUT_UP_DB_PER_SECOND * FRAME_SECONDS;
    this.#shoutDb = Math.max(least, Math.min(most, wanted));
  }

  /** From the gain of the frame before, in a straight line, to `end`. @returns mean square after it */
  #ramp(pcm: Float32Array, end: number, before: number): number {
    const start = this.#gain;
    const step = (end - start) / FRAME_SAMPLES;
    if (step === 0 && end === 1) return before;
    // Two sums: each waits for its own last addition only.
    let [even, odd] = [0, 0];
    for (let i = 0; i < FRAME_SAMPLES; i += 2) {
      const a = pcm[i]! * (start + step * (i + 1));
      const b = pcm[i + 1]! * (start + step * (i + 2));
      pcm[i] = a;
      pcm[i + 1] = b;
      even += a * a;
      odd += b * b;
    }
    this.#gain = end;
    return (even + odd) / FRAME_SAMPLES;
  }
}
