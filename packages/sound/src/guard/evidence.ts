/** What a look at some of the lags found: see `LagSearch`. */
export interface Peak {
  /** Height over the root mean square of all lags; 0: not looked at. */
  readonly score: number;
  /** Where it is, samples at 4 kHz. */
  readonly lag: number;
}

/** Lags that are the same: 3 ms at 4 kHz, so that a clock may drift between two looks. */
export const SAME_LAG = 12;
/** What stands out less says nothing: there is one at nearly every look. */
export const LEAST_SCORE = 5;

/** A peak is an echo at once where the microphone's colours, too, are those of what was sent. */
const SURE = [
  { score: 5, colours: 0.8 },
  { score: 5.5, colours: 0.76 },
  { score: 7, colours: 0.7 },
] as const;
/** Less will do at two looks, at one lag, that are no further apart than a lag is looked at. */
const AGAIN_FRAMES = 24;
const AGAIN = [
  { score: 5.5, colours: 0.65 },
  { score: 8, colours: 0.52 },
] as const;
/**
 * Under the owner's own voice neither sign is ever clear. But what stands at one lag again and again adds
 * up, for ten seconds: chance doesn't come back to where it was.
 */
const MEMORY_FRAMES = 500;
const ENOUGH = 5.3;
/** However high, one look is one look: two notes of one pitch stand out as far as any echo. */
const MOST_OF_SCORE = 2;
const COLOURLESS = 0.2;
/** Lags that are remembered. */
const PLACES = 3;

interface Look extends Peak {
  readonly colours: number;
  readonly frame: number;
}

interface Place {
  lag: number;
  sum: number;
  frame: number;
}

/** Weighs what one look after the other finds, until it is enough for an echo. Figures: decision 10. */
export class Evidence {
  readonly #places: readonly Place[] = Array.from({ length: PLACES }, () => ({
    lag: Number.NEGATIVE_INFINITY,
    sum: 0,
    frame: 0,
  }));
  #last: Look | undefined;

  /**
   * @param colours likeness of the microphone's colours with what was sent so much earlier, -1 to 1
   * @param frame number of the frame
   * @returns whether there is an echo of that lag
   */
  take({ score, lag }: Peak, colours: number, frame: number): boolean {
    const look = { score, lag, colours, frame };
    const last = this.#last;
    this.#last = look;
    const sum = this.#add(score, lag, colours, frame);
    const isSure = SURE.some((sure) => reaches(look, sure));
    if (isSure || sum >= ENOUGH) return true;
    if (last === undefined || !isSame(lag, last.lag) || frame - last.frame > AGAIN_FRAMES)
      return false;
    return AGAIN.some((again) => reaches(look, again) && reaches(last, again));
  }

  /** @returns what speaks for an echo of this lag by now */
  #add(score: number, lag: number, colours: number, frame: number): number {
    const weight = Math.min(MOST_OF_SCORE, score - LEAST_SCORE) * Math.max(0, colours + COLOURLESS);
    if (!(weight > 0)) return 0;
    const place = this.#placeOf(lag, frame);
    const isNew = !isSame(lag, place.lag);
    if (isNew && place.sum > weight) return 0;
    place.sum = isNew ? weight : place.sum + weight;
    place.lag = lag;
    return place.sum;
  }

  /** Where this lag is remembered, else the place that holds the least. */
  #placeOf(lag: number, frame: number): Place {
    let least = this.#places[0]!;
    for (const place of this.#places) {
      place.sum *= Math.exp((place.frame - frame) / MEMORY_FRAMES);
      place.frame = frame;
      if (place.sum < least.sum) least = place;
    }
    return this.#places.find((place) => isSame(lag, place.lag)) ?? least;
  }

  reset(): void {
    for (const place of this.#places)
      Object.assign(place, { lag: Number.NEGATIVE_INFINITY, sum: 0 });
    this.#last = undefined;
  }
}

function isSame(lag: number, other: number): boolean {
  return Math.abs(lag - other) <= SAME_LAG;
}

function reaches(look: Look, bar: { readonly score: number; readonly colours: number }): boolean {
  return look.score >= bar.score && look.colours >= bar.colours;
}
