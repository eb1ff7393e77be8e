import { Limiter, mixInto } from "@rostra/sound";
import { FRAME_SAMPLES } from "@rostra/wire";

/**
 * Sums the voices of a tick once, and gives each talker the sum without themself by taking their
 * own voice off again: work grows with the number of talkers, not with its square.
 */
export class StageMix {
  #everyone = new Float32Array(FRAME_SAMPLES);
  #before = new Float32Array(FRAME_SAMPLES);
  readonly #sum = new Float32Array(FRAME_SAMPLES);
  readonly #without = new Float32Array(FRAME_SAMPLES);
  readonly #limiter = new Limiter();

  /** All voices, limited. Valid until the next `mix`. */
  get everyone(): Float32Array {
    return this.#everyone;
  }

  /** `everyone` of the frame before. */
  get before(): Float32Array {
    return this.#before;
  }

  mix(voices: readonly Float32Array[]): void {
    [this.#everyone, this.#before] = [this.#before, this.#everyone];
    this.#sum.fill(0);
    for (const voice of voices) mixInto(this.#sum, voice);
    this.#everyone.set(this.#sum);
    this.#limiter.process(this.#everyone);
  }

  /**
   * Everyone but `voice`, which must have been part of the mix. Not limited: each listener's own
   * feed does that, since what is loud differs. Valid until the next call.
   */
  without(voice: Float32Array): Float32Array {
    this.#without.set(this.#sum);
    mixInto(this.#without, voice, -1);
    return this.#without;
  }
}
