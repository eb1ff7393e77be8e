import { expect, test } from "vitest";
import { CountingMeter } from "../../test/support/playout.ts";
import { PathMeter } from "./path-meter.ts";

/** Seconds in which one packet comes at every so manyth tick; the last one is lost instead. */
function lossAfter(seconds: number, everyTicks: number): { meter: PathMeter; loss: number } {
  const meter = new PathMeter(new CountingMeter());
  const ticks = seconds * 50;
  for (let tick = 0; tick < ticks; tick += 1) {
    meter.tick();
    if (tick % everyTicks !== 0) continue;
    if (tick + everyTicks < ticks) meter.stored();
    else meter.lost(1);
  }
  return { meter, loss: meter.loss };
}

test("loss is that of the last second, and forgotten with it", () => {
  const { meter, loss } = lossAfter(5, 1);
  expect(loss).toBeCloseTo(1 / 50);
  for (let tick = 0; tick < 50; tick += 1) {
    meter.tick();
    meter.stored();
  }
  expect(meter.loss).toBe(0);
});

test("of somebody who skips silence, one lost packet in seconds isn't a fifth of all", () => {
  const { loss } = lossAfter(5, 10);
  expect(loss).toBeCloseTo(1 / 20);
});
