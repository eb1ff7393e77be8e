import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freeTcpPort } from "@rostra/testkit";
import { expect, it, vi } from "vitest";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
/** Whatever is written there fails as on a full disk (Linux). */
const FULL = "/dev/full";

it.runIf(existsSync(FULL))(
  "runs, serves and drains while no line of its log can be written",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "rostra-full-"));
    const port = await freeTcpPort();
    const full = openSync(FULL, "w");
    const child = spawn(process.execPath, [MAIN], {
      stdio: ["ignore", full, full],
      env: {
        ...process.env,
        PORT: String(port),
        ROSTRA_UDP_PORT: "0",
        ROSTRA_EDGES: "1",
        ROSTRA_DATA: folder,
        ROSTRA_LOG_FORMAT: "json",
        ROSTRA_LOG_LEVEL: "debug",
      },
    });
    await vi.waitFor(
      async () => expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200),
      { timeout: 60_000, interval: 100 },
    );
    const before = (await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).match(
      /process_start_time_seconds\{[^}]*\} \S+/g,
    );
    expect(before?.length).toBeGreaterThanOrEqual(3);
    // None of the roles has died of what it had to say.
    for (let i = 0; i < 5; i += 1) await fetch(`http://127.0.0.1:${port}/api/v1/spaces`);
    const after = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    for (const line of before!) expect(after).toContain(line);
    child.kill("SIGTERM");
    await once(child, "exit");
    expect(child.exitCode).toBe(0);
    await rm(folder, { recursive: true });
  },
);
