import { effect, type ReadonlySignal, signal } from "@preact/signals";

/** Choices at Go live, seconds; 0 is at once. */
export const COUNTDOWNS = [0, 5, 10, 30] as const;

/**
 * Whole seconds until `atMs`, as they are counted aloud: 5 from five seconds before until four.
 * Never below 0. Both in ms since 1970, by the same clock.
 */
export function secondsLeft(atMs: number, nowMs: number): number {
  return Math.max(0, Math.ceil((atMs - nowMs) / 1000));
}

/** How long until `secondsLeft` says something else, ms; at least 20, as timers may come early. */
export function nextTickMs(atMs: number, nowMs: number): number {
  const intoSecondMs = (atMs - nowMs) % 1000;
  return Math.max(20, intoSecondMs <= 0 ? intoSecondMs + 1000 : intoSecondMs);
}

/** What the lamp says while a countdown runs. */
export function countdownWord(seconds: number): string {
  return seconds === 0 ? "Going on air" : `On air in ${seconds}`;
}

/** A screen reader can't keep up with each second: the tens, and the last five. */
export function isToldAloud(seconds: number): boolean {
  return seconds <= 5 || seconds % 10 === 0;
}

/**
 * Seconds left of whatever countdown runs, changing once a second; null where none runs.
 * @param source when it ends, by our own clock, ms since 1970
 */
export function countdown(source: ReadonlySignal<number | null>): {
  readonly signal: ReadonlySignal<number | null>;
  readonly stop: () => void;
} {
  const seconds = signal<number | null>(null);
  const stop = effect(() => {
    const atMs = source.value;
    if (atMs === null) {
      seconds.value = null;
      return;
    }
    let timer: ReturnType<typeof setTimeout>;
    const tick = (): void => {
      const nowMs = Date.now();
      const left = secondsLeft(atMs, nowMs);
      seconds.value = left;
      // Not asked of the signal: this effect would follow what it sets, and count on once called off.
      if (left > 0) timer = setTimeout(tick, nextTickMs(atMs, nowMs));
    };
    tick();
    return () => clearTimeout(timer);
  });
  return { signal: seconds, stop };
}
