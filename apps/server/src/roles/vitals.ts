import type { Clock } from "@rostra/wire";
import type { Logger } from "pino";
import { collectDefaultMetrics, Gauge, type Registry } from "prom-client";

const LOOK_EVERY_MS = 10_000;
/** From here on frames of this process are numbered noticeably apart from the world's clocks. */
const TELL_MS = 500;

/**
 * How far the machine's clock is from the one that this process lives by: somebody has set it, or it
 * was wrong when the process began. What the difference does is the clock's own business.
 */
export function watchClock(clock: Clock, metrics: Registry, log: Logger): void {
  const offMs = () => Date.now() - clock.nowMs();
  new Gauge({
    name: "rostra_clock_off_seconds",
    help: "The machine's clock against the one that frames are numbered by",
    registers: [metrics],
    collect() {
      this.set(offMs() / 1_000);
    },
  });
  let told = false;
  setInterval(() => {
    const off = Math.round(offMs());
    const isOff = Math.abs(off) > TELL_MS;
    if (isOff && !told) {
      log.warn(
        { offMs: off },
        "the machine's clock was set: frames follow it by half a millisecond a second, or not at all beyond a minute",
      );
    }
    told = isOff;
  }, LOOK_EVERY_MS).unref();
}

/** Statistics of a timer that prom-client would let come 100 times a second. */
const OF_A_TIMER = ["min", "max", "mean", "stddev", "p50", "p90", "p99"] as const;
/** Node wants one: this is the longest that a timer can wait, ms. */
const NEVER_MS = 2 ** 31 - 1;

/**
 * Memory, CPU, garbage and handles of this process, as prom-client counts them. Not how late a timer of
 * its own is: with nothing else to do a process would be woken for that alone. How late the event
 * loop is at each scrape stays (`nodejs_eventloop_lag_seconds`).
 */
export function countProcess(metrics: Registry): void {
  collectDefaultMetrics({ register: metrics, eventLoopMonitoringPrecision: NEVER_MS });
  for (const each of OF_A_TIMER) metrics.removeSingleMetric(`nodejs_eventloop_lag_${each}_seconds`);
}
