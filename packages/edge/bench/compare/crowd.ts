import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const CROWD = fileURLToPath(new URL("../../../../apps/rehearse/src/main.ts", import.meta.url));
/** What a crowd gets to be quiet after the last has come, ms. */
const SETTLE_MS = 3_000;

/** What a crowd says of itself; the whole of it is in apps/rehearse. */
export interface CrowdSummary {
  readonly steady: {
    readonly heard: number;
    readonly lost: number;
    readonly silenceMs: { readonly max: number | null; readonly p99: number | null };
    readonly delayMs: { readonly p50: number | null; readonly p99: number | null };
    readonly closed: Readonly<Record<string, number>>;
  };
}

/** Real listeners from `npm run crowd`, while something is measured. */
export async function withCrowd<T>(
  options: { link: string; listeners: number; protocol: string; rampSeconds: number },
  measure: () => Promise<T>,
): Promise<{ measured: T; summary: CrowdSummary }> {
  const folder = await mkdtemp(join(tmpdir(), "rostra-bench-"));
  const report = join(folder, "report.json");
  const crowd = spawn(
    process.execPath,
    [
      ...[CROWD, "crowd", options.link, "--listeners", String(options.listeners)],
      ...["--protocol", options.protocol, "--ramp", `steady:${options.rampSeconds}`],
      // Ended by hand: it takes as long as what is measured.
      ...["--minutes", "60", "--decode", "0", "--json", report],
    ],
    { stdio: "ignore" },
  );
  try {
    await sleep(options.rampSeconds * 1_000 + SETTLE_MS);
    const measured = await measure();
    await ended(crowd);
    return { measured, summary: JSON.parse(await readFile(report, "utf8")) as CrowdSummary };
  } finally {
    crowd.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  }
}

async function ended(crowd: ChildProcess): Promise<void> {
  if (crowd.exitCode !== null) throw new Error(`the crowd ended with ${crowd.exitCode}`);
  const exited = new Promise<void>((resolve) => crowd.once("exit", () => resolve()));
  crowd.kill("SIGINT");
  await exited;
}
