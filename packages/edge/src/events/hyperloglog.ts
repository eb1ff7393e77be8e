import { createHash } from "node:crypto";

/** 2^10 registers: the standard error of a count is 1.04 / sqrt(1024) = 3.25%. */
const INDEX_BITS = 10;
const REGISTERS = 1 << INDEX_BITS;
/** Bias correction for m registers, m >= 128 (Flajolet et al., 2007, figure 3). */
const ALPHA = 0.7213 / (1 + 1.079 / REGISTERS);

/**
 * How many different ones were added, in a kilobyte however many they are: HyperLogLog (Flajolet,
 * Fusy, Gandouet, Meunier: "HyperLogLog", 2007). Sketches of several edges merge without counting
 * anybody twice.
 */
export class HyperLogLog {
  readonly #registers: Uint8Array;

  constructor(registers: Uint8Array = new Uint8Array(REGISTERS)) {
    this.#registers = registers;
  }

  /** @returns undefined for what is no sketch of this size */
  static fromBase64(text: string): HyperLogLog | undefined {
    const bytes = Buffer.from(text, "base64");
    return bytes.length === REGISTERS ? new HyperLogLog(new Uint8Array(bytes)) : undefined;
  }

  add(item: string): void {
    const hash = createHash("sha1").update(item).digest();
    const at = hash.readUInt16BE(0) >>> (16 - INDEX_BITS);
    // Bits that took no part in the choice of the register; never 0 zeros of 32 + 1.
    const rank = Math.clz32(hash.readUInt32BE(4)) + 1;
    if (rank > this.#registers[at]!) this.#registers[at] = rank;
  }

  merge(other: HyperLogLog): void {
    for (const [at, rank] of other.#registers.entries()) {
      if (rank > this.#registers[at]!) this.#registers[at] = rank;
    }
  }

  /** The estimate, rounded. Few are counted by the registers that stay empty (linear counting). */
  count(): number {
    let sum = 0;
    let empty = 0;
    for (const rank of this.#registers) {
      sum += 2 ** -rank;
      if (rank === 0) empty += 1;
    }
    const raw = (ALPHA * REGISTERS * REGISTERS) / sum;
    const few = raw <= 2.5 * REGISTERS && empty > 0;
    return Math.round(few ? REGISTERS * Math.log(REGISTERS / empty) : raw);
  }

  toBase64(): string {
    return Buffer.from(this.#registers).toString("base64");
  }
}
