import { lufsOf, meanSquareOf, SILENCE_LUFS } from "./lufs.ts";

/** Blocks below this are silence, and count for nothing (BS.1770-5, Annex 1). */
const ABSOLUTE_GATE_LUFS = -70;
/** Blocks so much below the mean of the others are pauses. */
const RELATIVE_GATE_LU = -10;

const BINS_PER_LU = 10;
const LOUDEST_LUFS = 30;
const BINS = (LOUDEST_LUFS - ABSOLUTE_GATE_LUFS) * BINS_PER_LU;

/**
 * Integrated loudness of any length of time in constant memory: blocks are sorted into bins of
 * 0.1 LU that keep their energies' sum, so only the one bin that the relative gate cuts through
 * is taken whole. What that may cost is far below 0.1 LU.
 */
export class GatedMean {
  readonly #energies = new Float64Array(BINS);
  readonly #counts = new Float64Array(BINS);

  /** @param meanSquare of one block of 400 ms */
  add(meanSquare: number): void {
    const lufs = lufsOf(meanSquare);
    if (lufs < ABSOLUTE_GATE_LUFS) return;
    const bin = binOf(lufs);
    this.#energies[bin] = this.#energies[bin]! + meanSquare;
    this.#counts[bin] = this.#counts[bin]! + 1;
  }

  /** @returns LUFS; {@link SILENCE_LUFS} where every block was silence */
  get lufs(): number {
    const ungated = this.#meanFrom(0);
    if (ungated === 0) return SILENCE_LUFS;
    return lufsOf(this.#meanFrom(binOf(lufsOf(ungated) + RELATIVE_GATE_LU)));
  }

  reset(): void {
    this.#energies.fill(0);
    this.#counts.fill(0);
  }

  #meanFrom(first: number): number {
    let [energy, count] = [0, 0];
    for (let bin = first; bin < BINS; bin += 1) {
      energy += this.#energies[bin]!;
      count += this.#counts[bin]!;
    }
    return count === 0 ? 0 : energy / count;
  }
}

function binOf(lufs: number): number {
  const bin = Math.floor((lufs - ABSOLUTE_GATE_LUFS) * BINS_PER_LU);
  return Math.min(BINS - 1, Math.max(0, bin));
}

/**
 * Gated loudness of a few blocks: the first `count` of `blocks`.
 * @param blocks mean squares of K-weighted blocks
 */
export function gatedLufs(blocks: Float64Array, count: number): number {
  const gate = meanSquareOf(ABSOLUTE_GATE_LUFS);
  const ungated = meanAtLeast(blocks, count, gate);
  const relative = ungated * 10 ** (RELATIVE_GATE_LU / 10);
  return lufsOf(meanAtLeast(blocks, count, Math.max(gate, relative)));
}

function meanAtLeast(blocks: Float64Array, count: number, least: number): number {
  let [energy, counted] = [0, 0];
  for (let i = 0; i < count; i += 1) {
    if (blocks[i]! < least) continue;
    energy += blocks[i]!;
    counted += 1;
  }
  return counted === 0 ? 0 : energy / counted;
}
