import { setTimeout as sleep } from "node:timers/promises";
import { BenchCrowd } from "../bench-crowd.ts";
import { CASES, type FaultCase, type Scene } from "./cases.ts";
import { LiveEvent } from "./event.ts";
import { TestFleet } from "./fleet.ts";
import { FaultJudge } from "./judge.ts";
import { MachineMeter } from "./machine.ts";
import { type Host, runOn, type TestNetwork } from "./network.ts";
import { type CaseResult, type JudgedCase, withCrowd } from "./table.ts";

const ROLES: readonly Host[] = [
  "control-1",
  "control-2",
  "stage-1",
  "stage-2",
  "stage-3",
  "edge-1",
  "edge-2",
];
/** Before each fault all has been well for this long. */
const BEFORE_MS = 1_000;
/** Before one of an edge: who came back a moment ago knows nothing yet of how late its chunks may be. */
const PROVEN_MS = 3_000;
/** After it so long: enough to hold it against what is said. */
const AFTERWARDS_MS = 3_000;
/** After it, it is waited this long for all to be well. */
const WHOLE_WITHIN_MS = 10_000;
const ARRIVE_WITHIN_MS = 30_000;
/** A link in waiting is there within 12 s of the first sound, and of the one before. */
const PREPARED_WITHIN_MS = 15_000;
const JOINS_A_SECOND = 500;
const SECOND_MS = 1_100;
const MUTE_SETTLES_MS = 500;

export interface FaultRun {
  readonly network: TestNetwork;
  readonly listeners: number;
  readonly isPaired: boolean;
  /** False: listeners keep no link in waiting at another edge. */
  readonly standby: boolean;
  /** Ids of cases; undefined: all. */
  readonly only: readonly string[] | undefined;
}

/** Which cases are meant, in order. */
export function casesOf(run: Pick<FaultRun, "network" | "isPaired" | "only">): FaultCase[] {
  return CASES.filter((each) => isMeant(each, run));
}

/** All cases under one event, one after the other. */
export async function runFaults(run: FaultRun): Promise<JudgedCase[]> {
  const fleet = new TestFleet(run.network);
  try {
    await fleet.start({ ROSTRA_STAGE_PAIRS: run.isPaired ? "auto" : "off" }, ROLES);
    const event = await LiveEvent.begin(fleet);
    const crowd = new BenchCrowd({
      urls: fleet.edgeUrls,
      spaceId: event.id,
      listeners: run.listeners,
      rampSeconds: Math.max(2, Math.ceil(run.listeners / JOINS_A_SECOND)),
      folder: fleet.folder,
      standby: run.standby,
      start: (command) => runOn(run.network, "listeners", command),
    });
    const scene = { fleet, event, crowd };
    const meter = new MachineMeter(() => partsOf(scene));
    await scene.crowd.arrived(ARRIVE_WITHIN_MS);
    const judge = await FaultJudge.open(event);
    const results: CaseResult[] = [];
    for (const one of casesOf(run)) {
      const result = await runCase(one, { scene, judge, meter, isPaired: run.isPaired });
      const { heldMs, wholeMs, machine } = result;
      const busy = `${Math.round(machine.busy * 100)}% of the machine busy`;
      say(`${one.title}: held ${heldMs} ms, whole after ${wholeMs ?? "?"} ms; ${busy}`);
      results.push(result);
    }
    const { seconds, lateMs, reasons } = await crowd.stop();
    say(`the crowd's own event loops were late by ${Math.round(lateMs)} ms at most; ${reasons}`);
    event.stop();
    judge.close();
    return results.map((result) => withCrowd(result, seconds, run.listeners));
  } finally {
    run.network.heal();
    await fleet.stop();
  }
}

function isMeant(
  { id, needs }: FaultCase,
  { only, network, isPaired }: Pick<FaultRun, "network" | "isPaired" | "only">,
): boolean {
  if (only !== undefined && !only.includes(id)) return false;
  if (needs === "pair" && !isPaired) return false;
  return network.hasLinks || !/^(cut|dumb|deaf|loss|delay|split)/.test(id);
}

interface Bench {
  readonly scene: Scene;
  readonly judge: FaultJudge;
  readonly meter: MachineMeter;
  readonly isPaired: boolean;
}

async function runCase(
  one: FaultCase,
  { scene, judge, meter, isPaired }: Bench,
): Promise<CaseResult> {
  const { ears } = scene.event;
  await one.prepare?.(scene);
  if (one.id.includes("edge")) await regroup(scene);
  await scene.crowd.isPrepared(PREPARED_WITHIN_MS);
  await earsArePrepared(scene);
  await calm(scene, one.id.includes("edge") ? PROVEN_MS : BEFORE_MS);
  const isAlone = isPaired && !(await hasBothStages(scene));
  for (const ear of ears) ear.begin();
  meter.take();
  const [fromMs, startMs] = [Date.now(), performance.now()];
  // Without a second stage there is nothing to harm: the table says that it isn't there.
  if (isAlone && one.needs === "pair") await sleep(SECOND_MS);
  else await one.inject(scene);
  const isWhole = await calm(scene, AFTERWARDS_MS);
  const troubleMs = Math.max(...ears.map((ear) => ear.troubleMs));
  await scene.crowd.isWhole(WHOLE_WITHIN_MS);
  const result: CaseResult = {
    ...{ id: one.id, title: one.title, isPaired, fromMs, toMs: Date.now() },
    wholeMs: isWhole ? Math.max(0, Math.round(troubleMs - startMs)) : null,
    machine: meter.take(),
    ...(isAlone && { isAlone }),
    ...judge.judge(),
    ...(one.id === "split" && {
      muteHeld: scene.event.mutes.every(({ fromMs: muted, toMs: unmuted }) =>
        judge.isMutedBetween(muted + MUTE_SETTLES_MS, unmuted),
      ),
    }),
  };
  // What the crowd says of the last second of it, it says a second later.
  await sleep(SECOND_MS);
  if (one.restore !== undefined) await restored(scene, one.restore);
  return result;
}

/** It ends with a kill -9: what that costs listeners is no part of the case that comes next. */
async function restored(scene: Scene, restore: NonNullable<FaultCase["restore"]>): Promise<void> {
  await restore(scene);
  await scene.crowd.isWhole(ARRIVE_WITHIN_MS);
  // The crowd tells of each second as a whole, and a second late.
  await sleep(2 * SECOND_MS);
}

/** The bench itself is two speakers, and the ears that decode; socat belongs to it. */
function partsOf({ fleet, crowd }: Scene): Map<number, string> {
  const parts = new Map<number, string>(fleet.processes());
  parts.set(process.pid, "speakers and ears");
  if (crowd.pid !== undefined) parts.set(crowd.pid, "the crowd");
  return parts;
}

/** A pair that lost one of its own is given another: a fault is for a whole one. */
async function hasBothStages({ event }: Scene): Promise<boolean> {
  return await comesTrue(() => event.stages().length >= 2, WHOLE_WITHIN_MS);
}

/** @returns false where it doesn't within so many ms */
async function comesTrue(isTrue: () => boolean, withinMs: number): Promise<boolean> {
  const untilMs = performance.now() + withinMs;
  while (!isTrue()) {
    if (performance.now() > untilMs) return false;
    await sleep(50);
  }
  return true;
}

/** Until a link waits for each of the sample, as for each of the crowd. */
async function earsArePrepared({ event }: Scene): Promise<void> {
  await comesTrue(() => event.ears.every((ear) => ear.isPrepared), PREPARED_WITHIN_MS);
}

/** Until the whole sample has had nothing but voices for a while. @returns false where it hasn't */
async function calm({ event }: Scene, forMs: number): Promise<boolean> {
  return await comesTrue(() => event.ears.every((ear) => ear.wholeForMs >= forMs), WHOLE_WITHIN_MS);
}

/** Half of the listeners are behind each edge again: a fault before may have moved all to one. */
async function regroup(scene: Scene): Promise<void> {
  scene.crowd.regroup();
  for (const ear of scene.event.ears) ear.regroup();
  await sleep(2_000);
  // Who isn't back by then counts as lost.
  await scene.crowd.isWhole(ARRIVE_WITHIN_MS);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
