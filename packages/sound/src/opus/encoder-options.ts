import { SoundError } from "../errors.ts";
import type { OpusEncoderOptions } from "./opus.ts";

/** Whether `value` is a whole number from `low` to `high`. */
export function isWithin(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high;
}

/**
 * libopus clamps some of these without a word and refuses others: here all are refused alike, whatever
 * encodes.
 * @throws {SoundError} `bad-option`
 */
export function checkEncoderOptions(options: OpusEncoderOptions): void {
  if (!isWithin(options.bitrate, 6_000, 510_000)) {
    throw new SoundError("bad-option", "bitrate must be 6,000 to 510,000 bits a second");
  }
  checkComplexity(options.complexity ?? 10);
  if (!isWithin(options.packetLossPercent ?? 0, 0, 100)) {
    throw new SoundError("bad-option", "packetLossPercent must be 0 to 100");
  }
}

/** @throws {SoundError} `bad-option` where it isn't 0 to 10 */
export function checkComplexity(complexity: number): void {
  if (isWithin(complexity, 0, 10)) return;
  throw new SoundError("bad-option", "complexity must be 0 to 10");
}
