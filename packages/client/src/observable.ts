export type Unsubscribe = () => void;

/**
 * A value that can be watched. Values are immutable: a change is a new object, so that a view can
 * compare by identity.
 */
export interface Observable<T> {
  readonly value: T;
  /** Calls `watcher` with the value as it stands, then after each change, until unsubscribed. */
  subscribe(watcher: (value: T) => void): Unsubscribe;
}

/** The owner's side of an {@link Observable}: only whoever made it can set it. */
export class Subject<T> implements Observable<T> {
  #value: T;
  readonly #watchers = new Set<(value: T) => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    // A copy: a watcher may unsubscribe, or subscribe another, while it is being called.
    for (const watcher of [...this.#watchers]) {
      if (this.#watchers.has(watcher)) watcher(value);
    }
  }

  /** Replaces some fields; nothing happens where none of them differs. */
  patch(fields: Partial<T>): void {
    const keys = Object.keys(fields) as (keyof T)[];
    if (keys.some((key) => !Object.is(fields[key], this.#value[key]))) {
      this.set({ ...this.#value, ...fields });
    }
  }

  subscribe(watcher: (value: T) => void): Unsubscribe {
    // Wrapped, so that the same function may watch twice and leave once.
    const entry = (value: T) => watcher(value);
    this.#watchers.add(entry);
    watcher(this.#value);
    return () => {
      this.#watchers.delete(entry);
    };
  }
}
