/**
 * Turns a counter that wraps (RTP's sequence of 16 bits, its timestamp of 32) into one that
 * doesn't: each value is taken for the one nearest to the value before.
 */
export class Unwrapper {
  readonly #modulus: number;
  #last: number | undefined;

  constructor(bits: number) {
    this.#modulus = 2 ** bits;
  }

  unwrap(value: number): number {
    if (this.#last === undefined) {
      // One turn up, so that a packet from before the first one isn't negative.
      this.#last = value + this.#modulus;
      return this.#last;
    }
    this.#last = this.#nearest(value, this.#last);
    return this.#last;
  }

  /** What {@link unwrap} would say, without going on from there; undefined before the first. */
  peek(value: number): number | undefined {
    return this.#last === undefined ? undefined : this.#nearest(value, this.#last);
  }

  #nearest(value: number, last: number): number {
    const modulus = this.#modulus;
    const ahead = (((value - last) % modulus) + modulus) % modulus;
    return last + (ahead < modulus / 2 ? ahead : ahead - modulus);
  }
}
