import { totalmem } from "node:os";
import { performance } from "node:perf_hooks";

/** What a process finds out about itself; shares are of what there is. */
export interface OwnPressure {
  readonly utilisation: number;
  readonly memory: number;
  /** How late the event loop comes to what is due, in the mean, ms. */
  readonly lateMs: number;
}

/**
 * Asks the event loop and the system; the first answer is about the time since it was made.
 * @param lateMs how late this process came to what was due, in the mean since the last call, ms
 */
export function createPressureGauge(lateMs: () => number): () => OwnPressure {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    // A control group's limit, where there is one; without one it's 0, or far above the machine's.
    const limit = process.constrainedMemory();
    const total = limit > 0 && limit < totalmem() ? limit : totalmem();
    const memory = 1 - Math.min(1, process.availableMemory() / total);
    return { utilisation: utilization, memory, lateMs: lateMs() };
  };
}
