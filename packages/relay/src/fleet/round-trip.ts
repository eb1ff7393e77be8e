import type { Clock } from "@rostra/wire";
import type { Bus } from "./bus.ts";

/** Once one path has answered, the others get so long, ms: what was said went over all of them. */
const OTHERS_MS = 200;

/**
 * Resolves when what was said before has been taken, and what was said to us has come: over every path, or over
 * one, where the others are late. A path that was cut without a word would keep a stage silent that stood still
 * for a moment, until it's given up.
 */
export function roundTrip(
  buses: readonly Pick<Bus, "flush" | "connected">[],
  clock: Clock,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = buses.length;
  let isAnswered = false;
  if (left === 0) resolve();
  for (const bus of buses) {
    const isAsked = bus.connected;
    void bus.flush().then(() => {
      left -= 1;
      if (left === 0) resolve();
      // One that isn't there, or was lost meanwhile, has answered nothing.
      if (isAnswered || !isAsked || !bus.connected) return;
      isAnswered = true;
      clock.after(OTHERS_MS, resolve);
    });
  }
  return promise;
}
