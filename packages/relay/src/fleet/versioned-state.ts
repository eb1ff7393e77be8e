import { fnv1a, mixed } from "@rostra/wire";
import type { StateValue } from "../relay.ts";

/** A value with the moment that it was set: of two, the later one holds. */
export interface Entry {
  readonly key: string;
  /** Left out where the key was removed. */
  readonly value?: StateValue;
  /** A hybrid clock: milliseconds since 1970, or one more than the latest seen. */
  readonly at: number;
  /** The process that set it, this life of it. */
  readonly author: string;
  /** It goes when its author does. */
  readonly ephemeral?: boolean;
}

/** What an author has set and still stands, so short that it can be said often. */
export interface Digest {
  readonly count: number;
  readonly hash: number;
  /**
   * As `hash`, over hashes that are mixed before they are summed: sums of plain ones are the same for
   * some states that differ in two entries. Absent: of a version that says `hash` alone.
   */
  readonly mix?: number;
}

/**
 * What stands, as an author knows it, of all that it has ever set, with keys from `from` to before `to`
 * (null: all).
 */
export interface OwnPart {
  readonly author: string;
  /** The latest moment of an entry of the author's, as it said this. */
  readonly upTo: number;
  readonly from: string;
  readonly to: string | null;
  /** Also what others have set since: else whoever missed that would take the key for removed. */
  readonly entries: readonly Entry[];
}

const NOTHING_SET = { count: 0, hash: 0, mix: 0 } as const;

/** Whether two digests, one of which may be of the version before, are of the same state. */
export function isSameDigest(a: Digest, b: Digest): boolean {
  const isMixed = a.mix !== undefined && b.mix !== undefined;
  return a.count === b.count && a.hash === b.hash && (!isMixed || a.mix === b.mix);
}

export type Changed = (key: string, value: StateValue | undefined) => void;

/** Removed keys that are remembered, so that an older value can't bring one back. */
const MAX_REMOVED = 10_000;
/** Authors that are known to be gone: their ephemeral keys aren't taken from anybody. */
const MAX_GONE = 1_000;

/**
 * One process's copy of a fleet's shared state: last value wins for each key, whatever order the
 * values come in, and however often (a last-writer-wins map; Shapiro et al., "A comprehensive study
 * of Convergent and Commutative Replicated Data Types", 2011, section 3.2.2). The hybrid clock keeps
 * a writer whose clock is behind from losing against what it has just read (Kulkarni et al., "Logical
 * Physical Clocks", 2014). Pure.
 */
export class VersionedState {
  readonly #author: string;
  readonly #changed: Changed;
  readonly #standing = new Map<string, Entry>();
  // In the order in which they came: the oldest goes first.
  readonly #removed = new Map<string, Entry>();
  readonly #digests = new Map<string, Required<Digest>>();
  readonly #gone = new Set<string>();
  /** Keys that this process has set, whoever has set them since. */
  readonly #put = new Set<string>();
  #lastAt = 0;

  /** @param changed told of each key whose value is another one now */
  constructor(author: string, changed: Changed) {
    this.#author = author;
    this.#changed = changed;
  }

  /** The latest moment that an entry of ours has. */
  get lastAt(): number {
    return this.#lastAt;
  }

  /** @returns what the others must be told */
  put(key: string, value: StateValue | undefined, ephemeral: boolean, nowMs: number): Entry {
    const held = this.#standing.get(key) ?? this.#removed.get(key);
    const at = Math.max(Math.floor(nowMs), this.#lastAt + 1, (held?.at ?? 0) + 1);
    this.#lastAt = at;
    this.#put.add(key);
    const entry: Entry = { key, value, at, author: this.#author, ephemeral };
    this.take(entry);
    return entry;
  }

  /** An entry from anywhere. @returns false where a later one is known */
  take(entry: Entry): boolean {
    const held = this.#standing.get(entry.key) ?? this.#removed.get(entry.key);
    if (held !== undefined && !isLater(entry, held)) return false;
    if (entry.ephemeral === true && this.#gone.has(entry.author)) return false;
    this.#replace(entry);
    return true;
  }

  /**
   * What stands of an author's keys within a range, as it says itself: what we hold of it there beyond
   * that, and no later than `upTo`, was removed without our hearing of it.
   */
  takeAllOf({ author, upTo, from, to, entries }: OwnPart): void {
    const keys = new Set(entries.map(({ key }) => key));
    for (const held of [...this.#standing.values()]) {
      const inRange = held.key >= from && (to === null || held.key < to);
      if (!inRange || held.author !== author || held.at > upTo || keys.has(held.key)) continue;
      this.#replace({ key: held.key, at: held.at, author });
    }
    for (const entry of entries) this.take(entry);
  }

  /** The process is gone, and its ephemeral keys with it. */
  lapse(author: string): void {
    this.#gone.add(author);
    if (this.#gone.size > MAX_GONE) this.#gone.delete(firstOf(this.#gone)!);
    for (const held of [...this.#standing.values()]) {
      if (held.author === author && held.ephemeral === true) this.#drop(held);
    }
  }

  /** It was thought gone and speaks. */
  returned(author: string): void {
    this.#gone.delete(author);
  }

  /** What stands under a key. */
  entry(key: string): Entry | undefined {
    return this.#standing.get(key);
  }

  /** Everything that stands. */
  all(): Entry[] {
    return [...this.#standing.values()];
  }

  /** What stands of all that this process has ever set: its own words, and those that came after them. */
  allPut(): Entry[] {
    const standing: Entry[] = [];
    for (const key of this.#put) {
      const entry = this.#standing.get(key);
      if (entry === undefined) this.#put.delete(key);
      else standing.push(entry);
    }
    return standing;
  }

  digest(author: string): Required<Digest> {
    return this.#digests.get(author) ?? NOTHING_SET;
  }

  #replace(entry: Entry): void {
    const held = this.#standing.get(entry.key);
    if (held !== undefined) this.#count(held, -1);
    this.#removed.delete(entry.key);
    if (entry.value === undefined) {
      this.#standing.delete(entry.key);
      this.#removed.set(entry.key, entry);
      if (this.#removed.size > MAX_REMOVED) this.#removed.delete(firstOf(this.#removed.keys())!);
      if (held !== undefined) this.#changed(entry.key, undefined);
    } else {
      this.#standing.set(entry.key, entry);
      this.#count(entry, 1);
      this.#changed(entry.key, entry.value);
    }
  }

  /** Without a trace: its author may come back and say it again. */
  #drop(entry: Entry): void {
    this.#standing.delete(entry.key);
    this.#count(entry, -1);
    this.#changed(entry.key, undefined);
  }

  #count(entry: Entry, by: 1 | -1): void {
    const { count, hash, mix } = this.digest(entry.author);
    const own = hashOf(entry);
    const next = {
      count: count + by,
      hash: (hash + by * own) >>> 0,
      mix: (mix + by * mixed(own)) >>> 0,
    };
    if (next.count === 0) this.#digests.delete(entry.author);
    else this.#digests.set(entry.author, next);
  }
}

function isLater(entry: Entry, held: Entry): boolean {
  return entry.at > held.at || (entry.at === held.at && entry.author > held.author);
}

function hashOf({ key, at }: Entry): number {
  return fnv1a(`${key} ${at}`);
}

function firstOf<T>(values: Iterable<T>): T | undefined {
  for (const value of values) return value;
  return undefined;
}
