import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { RostraProcess } from "@rostra/testkit";
import { describe, expect, it } from "vitest";

const DEPLOY = fileURLToPath(new URL("../../../../deploy/", import.meta.url));
const RULES = `${DEPLOY}prometheus/rostra.rules.yaml`;
const DASHBOARD = `${DEPLOY}grafana/rostra.json`;

function promtool(...args: string[]): string {
  return execFileSync("promtool", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

describe("what Prometheus and Grafana are given", () => {
  it("is what they understand, and alerts when it should", () => {
    promtool("check", "config", `${DEPLOY}prometheus/prometheus.yaml`);
    expect(promtool("check", "rules", RULES)).toMatch(/SUCCESS: \d+ rules found/);
    expect(promtool("test", "rules", `${DEPLOY}prometheus/rostra.rules.test.yaml`)).toContain(
      "SUCCESS",
    );
  });

  it("asks for metrics that a running server has, and for no others", async () => {
    const rostra = await RostraProcess.start();
    const page = await (await fetch(`${rostra.url}/metrics`)).text();
    await rostra.stop();
    const known = new Set([...page.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name!));
    const asked = `${readFileSync(RULES, "utf8")} ${readFileSync(DASHBOARD, "utf8")}`;
    const names = new Set(asked.match(/\b(?:rostra_(?:edge|stage|control|clock)|process)_\w+/g));
    expect(names.size).toBeGreaterThan(20);
    const unknown = [...names].filter((name) => !known.has(name.replace(/_bucket$/, "")));
    expect(unknown).toEqual([]);
  }, 60_000);
});
