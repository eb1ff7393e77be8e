import { Counter, Gauge, Registry } from "prom-client";
import { expect, it } from "vitest";
import { mergeMetrics } from "./metrics-page.ts";

async function pageOf(process: string, value: number) {
  const registers = [new Registry()];
  new Counter({ name: "rostra_a_total", help: "A.", labelNames: ["kind"], registers }).inc(
    { kind: 'with "quotes" and }' },
    value,
  );
  new Gauge({ name: "rostra_b", help: "B.", registers }).set(value);
  return { process, text: await registers[0]!.metrics() };
}

it("puts each family on the page once, with every process's samples", async () => {
  const merged = mergeMetrics([await pageOf("edge-1", 1), await pageOf("stage-1", 2)]);
  expect(merged.trim().split("\n")).toEqual([
    "# HELP rostra_a_total A.",
    "# TYPE rostra_a_total counter",
    'rostra_a_total{process="edge-1",kind="with \\"quotes\\" and }"} 1',
    'rostra_a_total{process="stage-1",kind="with \\"quotes\\" and }"} 2',
    "",
    "# HELP rostra_b B.",
    "# TYPE rostra_b gauge",
    'rostra_b{process="edge-1"} 1',
    'rostra_b{process="stage-1"} 2',
  ]);
});

it("leaves out what is no metric, and tames names", () => {
  expect(mergeMetrics([{ process: 'x"\n', text: "<html>\n\nup 1\n" }])).not.toContain("html");
});
