import type { ProgramLine } from "../program/line.ts";
import type { ChunkPlan } from "./chunk-plan.ts";
import type { Crowd } from "./crowd.ts";

/** Slots of a room: each has its turn in the cadence. All chunk lengths divide it, in frames. */
const SLOTS = 50;
/**
 * A slot is filled with so many before the next is opened. Writes in small handfuls cost more, since
 * each finds caches and peers asleep: at 120 a turn 1.35 times as much as all at once, at 600 1.12.
 */
const SLOT_MEMBERS = 512;
/**
 * Neighbours stand far apart in the cadence. Has no divisor in common with any chunk's length. Frames that
 * come together count on it (patience.ts): the first slot's chunks end at round numbers, the second's 3 before.
 */
const STRIDE = 7;

/** Listeners who are served alike, at the same frame numbers. */
export interface Slot {
  readonly crowd: Crowd;
  /** Sends what lies between the last chunk and frame `end`; @see ChunkPlan */
  beat(end: number | undefined, nowMs: number): void;
}

export interface SlotsOptions<S> {
  readonly plan: ChunkPlan;
  readonly line: ProgramLine;
  /** Makes a slot, at its first listener, whose last chunk ended with frame `end`. */
  readonly open: (end: number | undefined) => S;
}

/** The listeners of one way of being served, spread over the phases of the cadence. */
export class Slots<S extends Slot> {
  readonly #options: SlotsOptions<S>;
  readonly #slots: S[] = [];

  constructor(options: SlotsOptions<S>) {
    this.#options = options;
  }

  get all(): readonly S[] {
    return this.#slots;
  }

  get size(): number {
    return this.#slots.reduce((sum, { crowd }) => sum + crowd.size, 0);
  }

  /** How many have turns: up to the last that somebody stands in. */
  get turns(): number {
    return this.#slots.findLastIndex(({ crowd }) => crowd.size > 0) + 1;
  }

  /** Where the next listener goes: the emptiest of as many slots as so large a room needs. */
  pick(): S {
    const wanted = this.#wanted;
    if (this.#slots.length < wanted) return this.#open();
    let found = this.#slots[0]!;
    for (let at = 1; at < wanted; at += 1) {
      if (this.#slots[at]!.crowd.size < found.crowd.size) found = this.#slots[at]!;
    }
    return found;
  }

  /**
   * Where one goes that goes on from a number, and may have nothing left to play: to the slot whose turn was
   * last, since another's may be most of a cadence away. Not where that is fuller by a handful of writes.
   */
  pickServed(): S {
    const wanted = this.#wanted;
    if (this.#slots.length < wanted) return this.#open();
    let found = this.pick();
    const most = found.crowd.size + SLOT_MEMBERS;
    let latest = -1;
    for (let at = 0; at < wanted; at += 1) {
      const end = this.#end(at) ?? -1;
      if (end <= latest || this.#slots[at]!.crowd.size > most) continue;
      latest = end;
      found = this.#slots[at]!;
    }
    return found;
  }

  get #wanted(): number {
    return Math.min(SLOTS, 1 + Math.floor(this.size / SLOT_MEMBERS));
  }

  #open(): S {
    const slot = this.#options.open(this.#end(this.#slots.length));
    this.#slots.push(slot);
    return slot;
  }

  /** Slots whose turn has come send their chunk. */
  beat(nowMs: number): void {
    for (let at = 0; at < this.#slots.length; at += 1) this.#slots[at]!.beat(this.#end(at), nowMs);
  }

  #end(at: number): number | undefined {
    const { plan, line } = this.#options;
    return line.head === undefined ? undefined : plan.endBefore((at * STRIDE) % SLOTS, line.head);
  }

  /** Before a farewell: everything there is, to everybody, at once. */
  finish(nowMs: number): void {
    for (const slot of this.#slots) {
      slot.crowd.step(Number.POSITIVE_INFINITY);
      slot.beat(this.#options.line.head, nowMs);
    }
  }
}
