import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RostraProcess, TestApi, WebSocketListener } from "@rostra/testkit";
import { expect, test } from "vitest";

const WITHIN = { timeout: 30_000, interval: 100 };
const FRAME_MS = 20;

/** What gives a process another clock, which may be set while it runs (Debian's faketime). */
const libfaketime = readdirSync("/usr/lib", { withFileTypes: true })
  .map(({ name }) => join("/usr/lib", name, "faketime", "libfaketimeMT.so.1"))
  .find((path) => existsSync(path));

test("goes on with every frame, none too early, while somebody sets the machine's clock, and says so", async () => {
  const folder = await mkdtemp(join(tmpdir(), "rostra-clock-"));
  const offset = join(folder, "offset");
  /** Whole or not at all: every process of Rostra reads it whenever it looks at the clock. */
  const setClock = async (by: string) => {
    await writeFile(`${offset}.new`, `${by}\n`);
    await rename(`${offset}.new`, offset);
  };
  await setClock("+0s");
  const rostra = await RostraProcess.start({
    env: {
      ROSTRA_EDGES: "1",
      LD_PRELOAD: libfaketime!,
      FAKETIME_TIMESTAMP_FILE: offset,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      DONT_FAKE_MONOTONIC: "1",
    },
  });
  const api = new TestApi(rostra.url);
  const host = await api.guest("Ada");
  const space = await api.openSpace(host, "On time");
  await api.goLive(host, space.id);
  const listener = new WebSocketListener(rostra.url, space.id);
  await expect.poll(() => listener.latestFrame, WITHIN).toBeDefined();

  const [first, beganMs] = [listener.latestFrame!, performance.now()];
  /** How much more of the line has been made than time has passed, ms. */
  const aheadMs = () => (listener.latestFrame! - first) * FRAME_MS - (performance.now() - beganMs);
  const offSeconds = async () => {
    const page = await (await fetch(`${rostra.url}/metrics`)).text();
    const off = /^rostra_clock_off_seconds\{process="stage-1"\} (\S+)$/m.exec(page);
    return Math.round(Number(off?.[1]));
  };
  // By what NTP would set at once, by an hour (a wrong time zone), and back to before it began.
  for (const [by, seconds] of [
    ["+2s", 2],
    ["+3600s", 3_600],
    ["-2s", -2],
  ] as const) {
    await setClock(by);
    const heard = listener.latestFrame!;
    await expect.poll(offSeconds, WITHIN).toBe(seconds);
    await expect.poll(() => listener.latestFrame! - heard, WITHIN).toBeGreaterThan(50);
    // A line that had followed the clock would be two seconds further, or stand still for as long.
    expect(aheadMs()).toBeLessThan(1_000);
  }
  // Tokens and changes are told by the same clock: nobody is thrown out.
  await api.setMuted(host, space.id, host, true);
  expect([listener.missing, listener.repeated, listener.closeCode]).toEqual([[], [], undefined]);
  await expect.poll(() => rostra.output, WITHIN).toContain("the machine's clock was set");
  listener.close();
  await rostra.stop();
  await rm(folder, { recursive: true });
});
