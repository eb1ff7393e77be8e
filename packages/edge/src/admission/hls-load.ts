/** Playlists that a player asks for in a second: one each part of 200 ms where it blocks for them. */
const RELOADS_BLOCKING = 5;
/** One each segment of 2 s where it doesn't. */
const RELOADS_PLAIN = 0.5;
/** Weight of the newest second in the running mean. */
const NEWEST = 0.3;

/** Estimates how many players this edge serves HLS to: they have no connection to count. */
export class HlsLoad {
  #blocking = 0;
  #plain = 0;
  #mean = 0;
  /** Players that were sent here, as far as the mean doesn't show them yet. */
  #coming = 0;

  /** @param blocking whether the playlist was asked for with `_HLS_msn` */
  countPlaylist(blocking: boolean): void {
    if (blocking) this.#blocking += 1;
    else this.#plain += 1;
  }

  /** Somebody was sent here, and will be among those who ask. */
  countComing(): void {
    this.#coming += 1;
  }

  /** Once a second. */
  update(): void {
    const now = this.#blocking / RELOADS_BLOCKING + this.#plain / RELOADS_PLAIN;
    this.#blocking = 0;
    this.#plain = 0;
    this.#mean += (now - this.#mean) * NEWEST;
    // At the pace at which the mean comes to show them.
    this.#coming *= 1 - NEWEST;
  }

  /** Players, as a whole number. */
  get players(): number {
    return Math.round(this.#mean + this.#coming);
  }
}
