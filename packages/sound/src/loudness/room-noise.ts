/** Below this a frame is no room but a hole: a muted microphone, a gate, nothing sent. */
const HOLE_LUFS = -85;
const FRAMES_PER_SECOND = 50;
/** Even who talks without end closes their lips once in so many seconds. */
const SECONDS = 8;

/** How loud a room is when nobody speaks in it: the quietest frame of the last seconds. */
export class RoomNoise {
  /** Quietest frames of the last seconds, one each. */
  readonly #quietest = new Float64Array(SECONDS).fill(Number.POSITIVE_INFINITY);
  #frames = 0;
  #second = 0;
  #lufs: number | undefined;

  /** In LUFS; undefined before anything was heard. */
  get lufs(): number | undefined {
    return this.#lufs;
  }

  /** @param lufs loudness of one frame of 20 ms */
  push(lufs: number): void {
    if (lufs < HOLE_LUFS) return;
    if (this.#frames === FRAMES_PER_SECOND) {
      this.#frames = 0;
      this.#second = (this.#second + 1) % SECONDS;
      this.#quietest[this.#second] = Number.POSITIVE_INFINITY;
    }
    this.#frames += 1;
    this.#quietest[this.#second] = Math.min(this.#quietest[this.#second]!, lufs);
    let least = lufs;
    for (let second = 0; second < SECONDS; second += 1) {
      least = Math.min(least, this.#quietest[second]!);
    }
    this.#lufs = least;
  }
}
