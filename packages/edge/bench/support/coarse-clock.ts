import { type Clock, systemClock } from "@rostra/wire";

/**
 * The system's clock, but whoever waits is woken only at multiples of `periodMs`. An edge that is
 * given it makes chunks of that length: a beat that is missed is not made up, the next chunk is
 * longer. So a cadence can be measured that the edge wouldn't choose by itself.
 */
export function coarseClock(periodMs: number): Clock {
  return {
    nowMs: () => systemClock.nowMs(),
    after: (delayMs, callback) => {
      const nowMs = systemClock.nowMs();
      const dueMs = Math.ceil((nowMs + delayMs) / periodMs) * periodMs;
      return systemClock.after(dueMs - nowMs, callback);
    },
  };
}
