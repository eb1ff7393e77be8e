import { totalmem } from "node:os";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";

/** What a process finds out about itself; shares are of what there is. */
export interface OwnPressure {
  readonly utilisation: number;
  readonly memory: number;
  /** How late the event loop comes to what is due, in the mean, ms. */
  readonly lateMs: number;
}

/** How often lateness is looked at, ms. */
const LOOK_MS = 50;

/** Asks the event loop and the system; the first answer is about the time since it was made. */
export function createPressureGauge(): () => OwnPressure {
  let last = performance.eventLoopUtilization();
  const delay = monitorEventLoopDelay({ resolution: LOOK_MS });
  delay.enable();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    // A control group's limit, where there is one; without one it's 0, or far above the machine's.
    const limit = process.constrainedMemory();
    const total = limit > 0 && limit < totalmem() ? limit : totalmem();
    const memory = 1 - Math.min(1, process.availableMemory() / total);
    // Its timer's own interval is part of each sample; without a sample nothing was late or all was.
    const meanMs = Number.isFinite(delay.mean) ? delay.mean / 1e6 : LOOK_MS;
    delay.reset();
    return { utilisation: utilization, memory, lateMs: Math.max(0, meanMs - LOOK_MS) };
  };
}
