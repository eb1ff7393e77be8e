import type { ProgramFrame } from "./frame.ts";
import { FramePages } from "./frame-pages.ts";
import type { HoldingTable, HoldingTables } from "./holding-table.ts";

/** Ten seconds: memory is taken and let go of by so much. */
const CHUNK_SLOTS = 512;

/**
 * Room for so many frames, each in the slot of its number modulo that; slots are made as they are
 * needed. Thousands of spaces are remembered for ten minutes, most of them with nobody in them: so a
 * held frame is an index into the process's table, 3 bytes, and the packets of the others
 * lie in pages. What comes back is equal to what was put in, not the same object.
 */
export class FrameSlots {
  readonly #capacity: number;
  readonly #tables: HoldingTables;
  // For each run of slots the chunks of every lap that has something there, mostly one.
  readonly #chunks: (Chunk[] | undefined)[] = [];

  /** @param capacity number of slots */
  constructor(capacity: number, tables: HoldingTables) {
    this.#capacity = capacity;
    this.#tables = tables;
  }

  /** Number of the frame that lies in the slot of `number`; undefined for none. */
  numberInSlotOf(number: number): number | undefined {
    const slot = number % this.#capacity;
    const chunk = this.#chunkWith(slot);
    return chunk && chunk.lap * this.#capacity + slot;
  }

  has(number: number): boolean {
    return this.numberInSlotOf(number) === number;
  }

  get(number: number): ProgramFrame | undefined {
    const slot = number % this.#capacity;
    const chunk = this.#chunkWith(slot);
    if (chunk?.lap !== this.#lapOf(number)) return undefined;
    return chunk.get(slot % CHUNK_SLOTS, number);
  }

  /** In place of what lies in its slot. */
  set(frame: ProgramFrame): void {
    this.#empty(frame.number % this.#capacity);
    const slot = frame.number % this.#capacity;
    const run = Math.floor(slot / CHUNK_SLOTS);
    const lap = this.#lapOf(frame.number);
    let chunks = this.#chunks[run];
    if (chunks === undefined) {
      chunks = [];
      this.#chunks[run] = chunks;
    }
    let chunk = chunks.find((it) => it.lap === lap);
    if (chunk === undefined) {
      const slots = Math.min(CHUNK_SLOTS, this.#capacity - run * CHUNK_SLOTS);
      chunk = new Chunk(lap, slots, this.#tables.current);
      chunks.push(chunk);
    }
    chunk.set(slot % CHUNK_SLOTS, frame);
  }

  delete(number: number): void {
    if (this.has(number)) this.#empty(number % this.#capacity);
  }

  clear(): void {
    this.#chunks.length = 0;
  }

  #lapOf(number: number): number {
    return Math.floor(number / this.#capacity);
  }

  #chunkWith(slot: number): Chunk | undefined {
    const chunks = this.#chunks[Math.floor(slot / CHUNK_SLOTS)];
    if (chunks === undefined) return undefined;
    for (const chunk of chunks) if (chunk.has(slot % CHUNK_SLOTS)) return chunk;
    return undefined;
  }

  #empty(slot: number): void {
    const chunk = this.#chunkWith(slot);
    if (chunk === undefined) return;
    chunk.delete(slot % CHUNK_SLOTS);
    if (chunk.size > 0) return;
    const run = Math.floor(slot / CHUNK_SLOTS);
    this.#chunks[run] = this.#chunks[run]!.filter((it) => it !== chunk);
  }
}

/** What lies in a slot: nothing, a frame in the pages, or from here on a held one of the table. */
const NOTHING = 0;
const PAGED = 1;
const PAGED_HELD = 2;
const TABLED = 3;

/** A run of slots in one lap of the numbers. */
class Chunk {
  readonly lap: number;
  size = 0;
  readonly #entries: Uint16Array;
  readonly #table: HoldingTable;
  // Made at the first frame that isn't of the table.
  #paged: { readonly places: Uint32Array; readonly pages: FramePages } | undefined;
  #lastIndex = -1;

  constructor(lap: number, slots: number, table: HoldingTable) {
    this.lap = lap;
    this.#entries = new Uint16Array(slots);
    this.#table = table;
  }

  has(at: number): boolean {
    return this.#entries[at] !== NOTHING;
  }

  /** Into a slot where nothing lies. */
  set(at: number, frame: ProgramFrame): void {
    this.#entries[at] = this.#entryOf(at, frame);
    this.size += 1;
  }

  get(at: number, number: number): ProgramFrame {
    const entry = this.#entries[at]!;
    if (entry >= TABLED) return this.#table.frame(entry - TABLED, number);
    const { places, pages } = this.#paged!;
    const { packet, thin } = pages.at(places[at]!);
    const holding = entry === PAGED_HELD;
    return thin === undefined ? { number, packet, holding } : { number, packet, holding, thin };
  }

  delete(at: number): void {
    this.#entries[at] = NOTHING;
    this.size -= 1;
  }

  #entryOf(at: number, frame: ProgramFrame): number {
    if (frame.holding) {
      // Taken in one after the other, as the loop goes.
      const index = this.#table.indexOf(frame, this.#lastIndex + 1);
      if (index !== undefined) {
        this.#lastIndex = index;
        return TABLED + index;
      }
    }
    this.#paged ??= { places: new Uint32Array(this.#entries.length), pages: new FramePages() };
    this.#paged.places[at] = this.#paged.pages.add(frame);
    return frame.holding ? PAGED_HELD : PAGED;
  }
}
