/** About a second: several syllables. */
const SHARE_PER_FRAME = 1 / 50;
/** Frames of speech differ by 6 to 12 dB, those of fans, hum and whistles by less than one. */
const LIVELY_DB = 2.5;

/**
 * Whether sound moves as speech does: the spread of its loudness from frame to frame. A fan that
 * was just switched on is loud and sudden, but it doesn't move.
 */
export class Liveliness {
  #mean: number | undefined;
  #variance = LIVELY_DB ** 2;

  /** @param lufs loudness of one frame of 20 ms in which a voice may be */
  push(lufs: number): boolean {
    const difference = lufs - (this.#mean ?? lufs);
    this.#mean = (this.#mean ?? lufs) + SHARE_PER_FRAME * difference;
    this.#variance += SHARE_PER_FRAME * (difference ** 2 - this.#variance);
    return this.#variance > LIVELY_DB ** 2;
  }
}
