import { effect, type ReadonlySignal, signal } from "@preact/signals";

/**
 * True once `source` has been true for `forMs` without a break; false at once when it isn't. For
 * words about something that may pass before they are read.
 */
export function lasting(
  source: ReadonlySignal<boolean>,
  forMs: number,
): { readonly signal: ReadonlySignal<boolean>; readonly stop: () => void } {
  const lasts = signal(false);
  const stop = effect(() => {
    if (!source.value) {
      lasts.value = false;
      return;
    }
    const timer = setTimeout(() => {
      lasts.value = true;
    }, forMs);
    return () => clearTimeout(timer);
  });
  return { signal: lasts, stop };
}
