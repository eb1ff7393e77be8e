import type { StateListener, StateValue, Unsubscribe } from "./relay.ts";

/**
 * One process's copy of the shared state, and those in the process who watch it. A stage watches keys of
 * each of its spaces, out of those of a whole fleet: so neither a change looks at all who watch, nor
 * a new watch at all that stands.
 */
export class StateReplica {
  /** By the first word of the key. */
  readonly #families = new Map<string, Map<string, StateValue>>();
  readonly #watchers = new Map<string, Set<StateListener>>();
  /** How many prefixes of each length are watched: a dozen lengths at most. */
  readonly #lengths = new Map<number, number>();

  apply(key: string, value: StateValue | undefined): void {
    const family = this.#families.get(familyOf(key));
    if (value === undefined) {
      if (family?.delete(key) !== true) return;
    } else if (family === undefined) {
      this.#families.set(familyOf(key), new Map([[key, value]]));
    } else {
      family.set(key, value);
    }
    for (const listener of this.#listenersTo(key)) listener(key, value);
  }

  get(key: string): StateValue | undefined {
    return this.#families.get(familyOf(key))?.get(key);
  }

  watch(prefix: string, listener: StateListener): Unsubscribe {
    const isWithin = prefix.includes("/");
    const families = isWithin ? [this.#families.get(familyOf(prefix))] : this.#families.values();
    for (const family of [...families]) {
      for (const [key, value] of [...(family ?? [])]) {
        if (key.startsWith(prefix)) listener(key, value);
      }
    }
    // The same function may watch twice, and stop once.
    const own: StateListener = (key, value) => listener(key, value);
    this.#add(prefix, own);
    return () => this.#remove(prefix, own);
  }

  clear(): void {
    this.#watchers.clear();
    this.#lengths.clear();
    this.#families.clear();
  }

  #listenersTo(key: string): StateListener[] {
    const found: StateListener[] = [];
    for (const length of this.#lengths.keys()) {
      const here = length <= key.length ? this.#watchers.get(key.slice(0, length)) : undefined;
      if (here !== undefined) found.push(...here);
    }
    return found;
  }

  #add(prefix: string, listener: StateListener): void {
    const here = this.#watchers.get(prefix);
    if (here !== undefined) {
      here.add(listener);
      return;
    }
    this.#watchers.set(prefix, new Set([listener]));
    this.#lengths.set(prefix.length, (this.#lengths.get(prefix.length) ?? 0) + 1);
  }

  #remove(prefix: string, listener: StateListener): void {
    const here = this.#watchers.get(prefix);
    if (here?.delete(listener) !== true || here.size > 0) return;
    this.#watchers.delete(prefix);
    const left = this.#lengths.get(prefix.length)! - 1;
    if (left === 0) this.#lengths.delete(prefix.length);
    else this.#lengths.set(prefix.length, left);
  }
}

/** `space/`, of `space/0123`; the whole of a key without a slash belongs to "". */
function familyOf(key: string): string {
  return key.slice(0, key.indexOf("/") + 1);
}
