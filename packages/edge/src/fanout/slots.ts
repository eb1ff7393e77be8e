import type { ProgramLine } from "../program/line.ts";
import type { ChunkPlan } from "./chunk-plan.ts";
import type { Crowd } from "./crowd.ts";

/** Slots of a room: each has its turn in the cadence. All chunk lengths divide it, in frames. */
const SLOTS = 50;
/** A slot is filled with so many before the next is opened: few listeners share their bytes. */
const SLOT_MEMBERS = 64;

/** Listeners who are served alike, at the same frame numbers. */
export interface Slot {
  readonly crowd: Crowd;
  /** Sends what lies between the last chunk and frame `end`; @see ChunkPlan */
  beat(end: number | undefined, nowMs: number): void;
}

/** The listeners of one way of being served, spread over the phases of the cadence. */
export class Slots<S extends Slot> {
  readonly #open: () => S;
  readonly #slots: S[] = [];

  /** @param open makes a slot: at its first listener */
  constructor(open: () => S) {
    this.#open = open;
  }

  get all(): readonly S[] {
    return this.#slots;
  }

  get size(): number {
    return this.#slots.reduce((sum, { crowd }) => sum + crowd.size, 0);
  }

  /** Where the next listener goes: the emptiest of as many slots as so large a room needs. */
  pick(): S {
    const wanted = Math.min(SLOTS, 1 + Math.floor(this.size / SLOT_MEMBERS));
    if (this.#slots.length < wanted || this.#slots.length === 0) {
      const slot = this.#open();
      this.#slots.push(slot);
      return slot;
    }
    let found = this.#slots[0]!;
    for (let at = 1; at < wanted; at += 1) {
      if (this.#slots[at]!.crowd.size < found.crowd.size) found = this.#slots[at]!;
    }
    return found;
  }

  /** Slots whose turn has come send their chunk. */
  beat(plan: ChunkPlan, line: ProgramLine, nowMs: number): void {
    const { head } = line;
    this.#slots.forEach((slot, at) => {
      slot.beat(head === undefined ? undefined : plan.endBefore(at, head), nowMs);
    });
  }

  /** Before a farewell: everything there is, to everybody, at once. */
  finish(line: ProgramLine, nowMs: number): void {
    for (const slot of this.#slots) {
      slot.crowd.step(Number.POSITIVE_INFINITY);
      slot.beat(line.head, nowMs);
    }
  }
}
