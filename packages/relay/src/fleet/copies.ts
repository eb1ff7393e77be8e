/** Messages of one stage that are remembered: two paths are seldom further apart, and else a merge finds it. */
const REMEMBERED = 16;
/** In front of frames stand a byte, the first one's number in 8, and how many they are in 2 (wire's `chunk.ts`). */
const LOW_NUMBER_AT = 5;
const COUNT_AT = 9;
const HEAD_BYTES = 11;
const MOST_BYTES = 2 ** 20;

/**
 * Tells a message of frames that has come over another path before, by its head alone: of two servers every
 * second one is such, and reading it through was half of what following costs. Pure.
 */
export class Copies {
  // Number and length in one, 0 for none yet.
  readonly #heads = new Float64Array(REMEMBERED);
  readonly #marks: (string | undefined)[] = [];
  #next = 0;

  /**
   * @param mark what stood beside the bytes
   * @returns how many frames a copy holds; 0 for what must be read
   */
  take(bytes: Uint8Array, mark: string | undefined): number {
    if (bytes.length < HEAD_BYTES) return 0;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const head = view.getUint32(LOW_NUMBER_AT) * MOST_BYTES + (bytes.length % MOST_BYTES);
    const at = this.#heads.indexOf(head);
    if (at >= 0 && this.#marks[at] === mark) return view.getUint16(COUNT_AT);
    this.#heads[this.#next] = head;
    this.#marks[this.#next] = mark;
    this.#next = (this.#next + 1) % REMEMBERED;
    return 0;
  }
}
