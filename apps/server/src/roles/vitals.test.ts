import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { countProcess } from "./vitals.ts";

it("counts a process without a timer that wakes it up for that", async () => {
  const metrics = new Registry();
  countProcess(metrics);
  const page = await metrics.metrics();
  for (const name of ["process_cpu_seconds_total", "process_resident_memory_bytes"]) {
    expect(page).toContain(name);
  }
  expect(page.match(/^nodejs_eventloop_lag\w* /gm)).toEqual(["nodejs_eventloop_lag_seconds "]);
});
