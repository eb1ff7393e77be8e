/**
 * Deals `count` places to classes so that each class has its share in every stretch, not only in
 * the end: at each place the class that is furthest behind its share gets it.
 * @param shares add up to 1
 * @returns the number of the class for each place
 */
export function deal(count: number, shares: readonly number[]): Uint8Array {
  const dealt = new Uint8Array(count);
  const given = shares.map(() => 0);
  for (let place = 0; place < count; place += 1) {
    let furthest = 0;
    let most = Number.NEGATIVE_INFINITY;
    for (const [index, share] of shares.entries()) {
      const behind = share * (place + 1) - given[index]!;
      if (share > 0 && behind > most + 1e-9) [furthest, most] = [index, behind];
    }
    dealt[place] = furthest;
    given[furthest]! += 1;
  }
  return dealt;
}

/**
 * Shuffled in place by a fixed seed (Fisher and Yates; Park and Miller's generator of 1988, 16807
 * modulo 2^31 - 1): two deals must not fall into step, and each run should be like the last.
 */
export function shuffle(values: Uint8Array, seed = 1): Uint8Array {
  let state = seed;
  for (let at = values.length - 1; at > 0; at -= 1) {
    state = (state * 16_807) % 2_147_483_647;
    const other = state % (at + 1);
    [values[at], values[other]] = [values[other]!, values[at]!];
  }
  return values;
}
