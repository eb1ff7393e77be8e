import { SAMPLE_RATE_HZ } from "@rostra/wire";
import type { VoiceReading } from "../loudness/voice-meter.ts";
import { energyDbfs, SILENCE_DBFS } from "./rms.ts";

// Thresholds above the room's own noise, in dB. Two of them, so that a voice near one threshold
// doesn't flicker; and absolute floors under them, so that a silent room's hiss is no voice.
const ON_ABOVE_NOISE_DB = 12;
const OFF_ABOVE_NOISE_DB = 7;
const ON_AT_LEAST_DBFS = -50;
const OFF_AT_LEAST_DBFS = -56;
// The noise estimate drops at once to any quieter level and climbs slowly: a sentence can't lift
// it far before the next breath, a fan that was switched on is learnt in some seconds.
const NOISE_CLIMB_DB_PER_SECOND = 2;
const NOISE_AT_MOST_DBFS = -38;
// Taken for a quiet room until something else is heard.
const NOISE_AT_FIRST_DBFS = -60;
// Words hold pauses; a speaker who stops for less than this is still speaking.
const HANGOVER_MS = 400;
// How fast the shown level falls, so that a meter reads calmly. It rises at once.
const LEVEL_FALL_DB_PER_SECOND = 40;

/** Says whether somebody speaks, from levels alone. One per speaker. */
export class VoiceActivity {
  #active = false;
  #quietMs = 0;
  #noiseDbfs = NOISE_AT_FIRST_DBFS;
  #level = SILENCE_DBFS;

  /** Level for a meter, in dBFS without rumble: rises at once, falls calmly. */
  get level(): number {
    return this.#level;
  }

  /**
   * @param reading of the next sound, any length; 10 to 60 ms at a time give good answers
   * @returns whether a voice is heard, or was less than 400 ms ago
   */
  push({ samples, voice }: VoiceReading): boolean {
    if (samples === 0) return this.#active;
    const durationMs = (samples / SAMPLE_RATE_HZ) * 1000;
    const dbfs = energyDbfs(voice);
    this.#level = Math.max(dbfs, this.#level - (LEVEL_FALL_DB_PER_SECOND * durationMs) / 1000);
    this.#follow(dbfs, durationMs);
    const on = Math.max(ON_AT_LEAST_DBFS, this.#noiseDbfs + ON_ABOVE_NOISE_DB);
    const off = Math.max(OFF_AT_LEAST_DBFS, this.#noiseDbfs + OFF_ABOVE_NOISE_DB);
    if (dbfs >= (this.#active ? off : on)) {
      this.#active = true;
      this.#quietMs = 0;
    } else if (this.#active) {
      this.#quietMs += durationMs;
      if (this.#quietMs >= HANGOVER_MS) this.#active = false;
    }
    return this.#active;
  }

  #follow(dbfs: number, durationMs: number): void {
    const climbed = this.#noiseDbfs + (NOISE_CLIMB_DB_PER_SECOND * durationMs) / 1000;
    this.#noiseDbfs = Math.max(SILENCE_DBFS, Math.min(dbfs, climbed, NOISE_AT_MOST_DBFS));
  }
}
