import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/**
 * Tests with real processes and browsers in which nobody holds what is heard against a voice: they may
 * have company, so they run beside the unit and contract tests. What isn't named here runs alone.
 */
const UNHURRIED = [
  ...["accessibility", "audience", "crowded"].map(
    (name) => `apps/server/test/browser/${name}.test.ts`,
  ),
  ...[
    "acme",
    "bad-configuration",
    "clock",
    "deploy",
    "descriptors",
    "full-log",
    "outage",
    "overflow",
    "server",
    "tls",
    "tracing",
  ].map((name) => `apps/server/test/system/${name}.test.ts`),
];

// Five projects, cheapest first. Unit and contract tests own no process; process and system tests start
// the real server; browser tests add a real Chromium with a real voice.
export default defineConfig({
  test: {
    // Vitest leaves one core to itself: on two cores that would be one file at a time.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: "unit",
          // Pure, so that files may share a worker: its modules are loaded once.
          isolate: false,
          include: ["{packages,apps}/*/src/**/*.test.ts", "scripts/**/*.test.ts"],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "contract",
          include: ["{packages,apps}/*/test/contract/**/*.test.ts", "test/contract/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "process",
          include: UNHURRIED,
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "system",
          include: ["{packages,apps}/*/test/system/**/*.test.ts"],
          exclude: UNHURRIED,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "browser",
          include: ["{packages,apps}/*/test/browser/**/*.test.ts"],
          exclude: UNHURRIED,
          testTimeout: 180_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
