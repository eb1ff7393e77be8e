import type { StateListener, StateValue, Unsubscribe } from "./relay.ts";

/** One process's copy of the shared state, and those in the process who watch it. */
export class StateReplica {
  readonly #values = new Map<string, StateValue>();
  readonly #watchers = new Set<{ prefix: string; listener: StateListener }>();

  apply(key: string, value: StateValue | undefined): void {
    if (value === undefined) {
      if (!this.#values.delete(key)) return;
    } else {
      this.#values.set(key, value);
    }
    for (const { prefix, listener } of [...this.#watchers]) {
      if (key.startsWith(prefix)) listener(key, value);
    }
  }

  get(key: string): StateValue | undefined {
    return this.#values.get(key);
  }

  watch(prefix: string, listener: StateListener): Unsubscribe {
    const watcher = { prefix, listener };
    for (const [key, value] of [...this.#values]) {
      if (key.startsWith(prefix)) listener(key, value);
    }
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  clear(): void {
    this.#watchers.clear();
    this.#values.clear();
  }
}
