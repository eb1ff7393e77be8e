import type { Clock } from "@rostra/wire";
import type { Logger } from "pino";
import { Gauge, type Registry } from "prom-client";

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
