/**
 * What spaces cost that are on air while nobody is connected: CPU and memory of each process, as
 * `npm start` runs them.
 *
 *     npm run bench:idle [-- spaces]
 */

import { setTimeout as sleep } from "node:timers/promises";
import { RostraProcess, TestApi } from "@rostra/testkit";
import { costOf } from "./relay/process-cost.ts";

const SPACES = Number(process.argv[2] ?? 1_000);
const STEPS = [Math.round(SPACES / 4), SPACES];
const ROLES = ["control-1", "stage-1", "edge-1", "edge-2"] as const;
/** Under way at once. */
const CONCURRENT = 16;
/** Ten seconds with nobody there, and a stage takes it easy. */
const SETTLE_MS = 13_000;
const MEASURE_MS = 10_000;
/** A frame is due each 20 ms: less than this share of them, and somebody hears it. */
const IN_TIME = 0.98;

interface Sample {
  readonly spaces: number;
  /** Held frames a second and space, from the stage. */
  readonly framesPerSpace: number;
  readonly costs: readonly { readonly cpu: number; readonly rssMb: number }[];
}

const rostra = await RostraProcess.start({ env: { ROSTRA_EDGES: "2", ROSTRA_RATE_LIMITS: "off" } });
const pids = [rostra.pid, ...ROLES.map((name) => rostra.rolePid(name))];
const names = ["supervisor", ...ROLES];
const api = new TestApi(rostra.url);
const say = (line: string) => void process.stdout.write(`${line}\n`);
let open = 0;
let last: Sample | undefined;
say(`| spaces on air, nobody there | frames a second of each | ${names.join(" | ")} |`);
say(`|---|---|${names.map(() => "---|").join("")}`);
for (const spaces of STEPS) {
  await openUpTo(spaces);
  await sleep(SETTLE_MS);
  last = await measure();
  say(rowOf(last));
}
await rostra.stop();

const isWhole = last !== undefined && last.framesPerSpace > 50 * IN_TIME;
if (!isWhole) say("broken: not every space had its frames");
process.exit(isWhole ? 0 : 1);

function rowOf({ spaces, framesPerSpace, costs }: Sample): string {
  const cells = costs.map(({ cpu, rssMb }) => `${(100 * cpu).toFixed(1)}%, ${rssMb.toFixed(0)} MB`);
  return `| ${spaces} | ${framesPerSpace.toFixed(1)} | ${cells.join(" | ")} |`;
}

async function openUpTo(spaces: number): Promise<void> {
  const work = async () => {
    while (open < spaces) {
      open += 1;
      const host = await api.guest("Nobody");
      const { id } = await api.openSpace(host, `Silent ${open}`);
      await api.goLive(host, id);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT }, work));
}

async function measure(): Promise<Sample> {
  const before = pids.map(costOf);
  const framesBefore = await framesMade();
  const fromMs = performance.now();
  await sleep(MEASURE_MS);
  const seconds = (performance.now() - fromMs) / 1_000;
  const frames = (await framesMade()) - framesBefore;
  const costs = pids.map((pid, at) => {
    const { cpuSeconds, rssMb } = costOf(pid);
    return { cpu: (cpuSeconds - before[at]!.cpuSeconds) / seconds, rssMb };
  });
  return { spaces: open, framesPerSpace: open === 0 ? 0 : frames / seconds / open, costs };
}

/** Of all spaces, by the stage's own count: an edge shows every process's metrics. */
async function framesMade(): Promise<number> {
  const text = await (await fetch(`${rostra.url}/metrics`)).text();
  const lines = text.matchAll(/^rostra_stage_frames_total(?:\{[^}]*\})? (\d+)/gm);
  return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
}
