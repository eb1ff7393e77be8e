import { type ReadonlySignal, signal } from "@preact/signals";
import type { Observable } from "@rostra/client";

/** A client's observable as a signal that views can read. `stop` lets go of it. */
export function observe<T>(source: Observable<T>): {
  readonly signal: ReadonlySignal<T>;
  readonly stop: () => void;
} {
  const copy = signal(source.value);
  const stop = source.subscribe((value) => {
    copy.value = value;
  });
  return { signal: copy, stop };
}
