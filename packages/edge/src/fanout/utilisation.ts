import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { performance } from "node:perf_hooks";

/** Of the main thread: ns that it ran, ns that it waited for a core (sched-stats.rst of the kernel). */
const SCHEDULED = "/proc/self/schedstat";

/**
 * How busy this process's event loop is: each call tells of the time since the one before, 0 to 1.
 *
 * Where several processes share few cores an event loop that waits for its turn looks idle to itself:
 * it is asleep until it's woken, however long that takes. The kernel counts that time, and it is
 * listened to as well: what counts is how much of the time there was something to do.
 */
export function loopUtilisation(): () => number {
  let last = performance.eventLoopUtilization();
  let lastWanted = wantedMs();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization, active, idle } = performance.eventLoopUtilization(now, last);
    last = now;
    const wanted = wantedMs();
    const share = active + idle > 0 ? (wanted - lastWanted) / (active + idle) : 0;
    lastWanted = wanted;
    return Math.min(1, Math.max(utilization, share));
  };
}

/** What the main thread has wanted of a core so far, ms; 0 where the system doesn't tell. */
function wantedMs(): number {
  try {
    const [ran, waited] = readFileSync(SCHEDULED, "utf8").split(" ").map(Number);
    return ((ran ?? 0) + (waited ?? 0)) / 1e6;
  } catch {
    return 0;
  }
}

/**
 * How much of the machine's cores is in use, by whomever: each call tells of the time since the one
 * before, 0 to 1. Work that was made nice gives way, so it doesn't count. In a container this is the host's, whatever the container may use of it.
 */
export function machineUtilisation(): () => number {
  let last = machineTimes();
  return () => {
    const now = machineTimes();
    const passed = now.all - last.all;
    const idle = now.idle - last.idle;
    last = now;
    return passed > 0 ? Math.max(0, 1 - idle / passed) : 0;
  };
}

/** Of all cores together since the machine began, ms. */
function machineTimes(): { readonly all: number; readonly idle: number } {
  const sums = { all: 0, idle: 0 };
  for (const { times } of cpus()) {
    sums.all += times.user + times.nice + times.sys + times.idle + times.irq;
    sums.idle += times.idle + times.nice;
  }
  return sums;
}
