/**
 * How many speakers one core carries: a real stage in a process of its own, its relay behind a
 * socket, real WebRTC speakers in another process. Spaces are added until the stage takes 70% of
 * one core, decode, mix, encode and transport included; what is measured is CPU time, so that a
 * generator on the next core doesn't count.
 *
 * Three times: everyone speaks; 3 of each space do, and the others' browsers skip silence (DTX), as
 * the stage asks them to; and the same where they don't, as before their owners' first word.
 *
 *     npm run bench:capacity [-- seconds per step] [people in a space]
 */
import { setTimeout as sleep } from "node:timers/promises";
import { FRAME_MS } from "@rostra/wire";
import { processCpuMs, threadsCpuMs } from "./support/cpu.ts";
import { Load, type Sound } from "./support/load.ts";
import { LoadedStage } from "./support/loaded-stage.ts";
import { loopsOf } from "./support/loops.ts";
import type { Part, ProfileShares } from "./support/profile.ts";

const SECONDS = Number(process.argv[2] ?? 20);
const PEOPLE = Number(process.argv[3] ?? 13);
const TALKERS = 3;
const FULL = 0.7;
/** Jitter buffers have found their delay, handshakes are forgotten. */
const SETTLE_MS = 6_000;
/** Before the first step of all: until then V8 compiles, and that would count for the speakers. */
const WARM_UP_MS = 24_000;
/** The stage's own bound, less what would be refused. */
const MOST_SPEAKERS = 195;
const PARTS: readonly Part[] = ["decode", "jitter", "mix", "encode", "relay", "garbage", "rest"];

interface Step {
  readonly speakers: number;
  readonly load: number;
  readonly lateShare: number;
  readonly slowShare: number;
  /** Of the frames that were due, and of the packets that speakers should have sent. */
  readonly madeShare: number;
  readonly sentShare: number;
  /** Share of what was played of the speakers that was invented. */
  readonly concealedShare: number;
  readonly generatorLoad: number;
}

interface Breakdown {
  readonly shares: ProfileShares;
  /** CPU ms a second: all of the process, and its main thread. */
  readonly all: number;
  readonly main: number;
}

interface Mode {
  readonly name: string;
  readonly talkers: number;
  /** What the others send. */
  readonly others: Sound;
}

const few = `${TALKERS} of ${PEOPLE} speak`;
const MODES: readonly Mode[] = [
  { name: "everyone speaks", talkers: PEOPLE, others: "quiet" },
  { name: few, talkers: TALKERS, others: "skipping" },
  { name: `${few}, nobody skips silence`, talkers: TALKERS, others: "quiet" },
];
const { skipping } = await loopsOf();
/** Packets for each frame of somebody who is silent and whose browser skips that. */
const SKIPPING_SHARE = skipping.filter((packet) => packet !== undefined).length / skipping.length;

const say = (text: string) => process.stdout.write(`${text}\n`);
const percent = (share: number) => `${(share * 100).toFixed(1)}%`;

let isMeasured = true;
for (const mode of MODES) {
  const { name } = mode;
  const { steps, breakdown } = await climb(mode);
  isMeasured &&= steps.some(isWhole);
  say(`\n${name}, spaces of ${PEOPLE}, ${SECONDS} s a step\n`);
  say(
    "| speakers | CPU of the stage | a speaker | frames made | packets sent | concealed | late ticks | ticks over 10 ms | CPU of the generator |",
  );
  say("|---|---|---|---|---|---|---|---|---|");
  for (const step of steps) say(row(step));
  say(`\n**Speakers at ${percent(FULL)} of one core, ${name}: ${speakersAt(steps, FULL)}**\n`);
  say(partsTable(breakdown, steps.at(-1)!.speakers));
}
if (!isMeasured) process.exitCode = 1;

/** Adds space after space until the core is full. */
async function climb(mode: Mode): Promise<{ steps: Step[]; breakdown: Breakdown }> {
  const { talkers, others } = mode;
  const stage = await LoadedStage.start();
  const load = new Load();
  const steps: Step[] = [];
  const spacesAStep = talkers === PEOPLE ? 1 : 2;
  try {
    do {
      for (let space = 0; space < spacesAStep; space += 1) {
        const doors = await stage.openSpace(PEOPLE);
        const sound = (index: number): Sound => (index < talkers ? "speech" : others);
        await load.connect(doors.map((door, index) => ({ door, sound: sound(index) })));
      }
      await sleep(steps.length === 0 ? WARM_UP_MS : SETTLE_MS);
      steps.push(await measure(stage, load, mode));
      process.stderr.write(`${row(steps.at(-1)!)}\n`);
    } while (
      steps.at(-1)!.load < FULL &&
      steps.at(-1)!.speakers + spacesAStep * PEOPLE <= MOST_SPEAKERS
    );
    return { steps, breakdown: await breakDown(stage) };
  } finally {
    await load.close();
    await stage.close();
  }
}

/** Packets that a speaker sends for each frame, the mean of a space. */
function packetsDue({ talkers, others }: Mode): number {
  const share = others === "skipping" ? SKIPPING_SHARE : 1;
  return (talkers + (PEOPLE - talkers) * share) / PEOPLE;
}

async function measure(stage: LoadedStage, load: Load, mode: Mode): Promise<Step> {
  const before = await stage.counts();
  const cpuMs = { stage: processCpuMs(stage.pid), load: processCpuMs(load.pid) };
  const startMs = performance.now();
  await sleep(SECONDS * 1000);
  const wallMs = performance.now() - startMs;
  const after = await stage.counts();
  const frames = after.frames - before.frames;
  const framesDue = wallMs / FRAME_MS;
  return {
    speakers: after.speakers,
    load: (processCpuMs(stage.pid) - cpuMs.stage) / wallMs,
    generatorLoad: (processCpuMs(load.pid) - cpuMs.load) / wallMs,
    madeShare: frames / ((after.speakers / PEOPLE) * framesDue),
    sentShare: (after.packets - before.packets) / (after.speakers * framesDue * packetsDue(mode)),
    concealedShare: (after.concealed - before.concealed) / (after.speakers * framesDue),
    lateShare: (after.lateTicks - before.lateTicks) / frames,
    slowShare: (after.slowTicks - before.slowTicks) / frames,
  };
}

async function breakDown(stage: LoadedStage): Promise<Breakdown> {
  const before = threadsCpuMs(stage.pid);
  const startMs = performance.now();
  await sleep((SECONDS * 1000) / 2);
  const seconds = (performance.now() - startMs) / 1000;
  const after = threadsCpuMs(stage.pid);
  const used = (name: string) => ((after.get(name) ?? 0) - (before.get(name) ?? 0)) / seconds;
  const all = [...after.keys()].reduce((sum, name) => sum + used(name), 0);
  return { shares: await stage.profile((SECONDS * 1000) / 2), all, main: used("main") };
}

function row(step: Step): string {
  const { madeShare, sentShare, concealedShare, lateShare, slowShare, generatorLoad } = step;
  const each = ((step.load * 1000) / step.speakers).toFixed(2);
  const shares = [madeShare, sentShare, concealedShare, lateShare, slowShare, generatorLoad];
  return `| ${step.speakers} | ${percent(step.load)} | ${each} ms/s | ${shares.map(percent).join(" | ")} |`;
}

/** A step in which work was left undone, or made up for, says nothing of what the work costs. */
function isWhole({ madeShare, sentShare, concealedShare }: Step): boolean {
  const isAll = (share: number) => Math.abs(share - 1) < 0.02;
  return isAll(madeShare) && isAll(sentShare) && concealedShare < 0.05;
}

/** Where the line through the two whole steps around `load` (or the last two) crosses it. */
function speakersAt(all: readonly Step[], load: number): string {
  const steps = all.filter(isWhole);
  if (steps.length === 0) return "no step was whole: the machine is too busy to say how many";
  const above = steps.findIndex((step) => step.load >= load);
  const high = steps[above < 0 ? steps.length - 1 : above]!;
  const low = steps[(above < 0 ? steps.length - 1 : above) - 1] ?? { speakers: 0, load: 0 };
  const slope = (high.speakers - low.speakers) / (high.load - low.load);
  const speakers = Math.floor(low.speakers + slope * (load - low.load));
  return above < 0 ? `${speakers} (extrapolated)` : String(speakers);
}

function partsTable({ shares, all, main }: Breakdown, speakers: number): string {
  const each = (ms: number) => `${(ms / speakers).toFixed(2)} ms/s`;
  const native = all - main + shares.transport * main;
  return [
    "| part | CPU a speaker |",
    "|---|---|",
    `| transport (the library's threads, and sending) | ${each(native)} |`,
    ...PARTS.map((part) => `| ${part} | ${each(shares[part] * main)} |`),
    `| all | ${each(all)} |`,
  ].join("\n");
}
