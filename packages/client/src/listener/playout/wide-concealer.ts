import type { Planes } from "../decoder/decoder.ts";
import { Concealer } from "./concealer.ts";

/**
 * A {@link Concealer} for each channel. Mono until the first stereo; from then on always two
 * channels, of mono twice the same, so that nothing after it has to change over again.
 */
export class WideConcealer {
  readonly #concealers: [Concealer, Concealer?] = [new Concealer()];

  /** 20 ms in place of a lost frame. */
  conceal(): Planes {
    const [first, second] = this.#concealers;
    return second === undefined ? [first.conceal()] : [first.conceal(), second.conceal()];
  }

  /** The first real frame after something that didn't lead up to it. May change it in place. */
  join(planes: Planes): Planes {
    return this.#each(planes, (concealer, pcm) => concealer.join(pcm));
  }

  /** A real frame; blended where frames before it were concealed. May change it in place. */
  pass(planes: Planes): Planes {
    return this.#each(planes, (concealer, pcm) => concealer.pass(pcm));
  }

  #each(planes: Planes, change: (concealer: Concealer, pcm: Float32Array) => void): Planes {
    if (planes.length === 2) this.#concealers[1] ??= new Concealer();
    const [first, second] = this.#concealers;
    const left = planes[0]!;
    if (second === undefined) {
      change(first, left);
      return planes;
    }
    const right = planes[1] ?? left.slice();
    change(first, left);
    change(second, right);
    return [left, right];
  }
}
