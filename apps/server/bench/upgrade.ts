/**
 * A rolling upgrade: each process of a fleet is replaced by a new one under a live voice with
 * thousands of listeners; the old one gets SIGTERM when the new one is ready. Nobody may be lost,
 * nothing may be missed or heard twice, and the voice may never give way to holding sound. Exits
 * with 1 where any of that happened.
 *
 *     npm run bench:upgrade [-- --listeners 2000 --from before|this|REVISION|FOLDER --json FILE]
 *
 * The first processes are of the version before, out of this clone's history; where that doesn't go back so
 * far it says so, and goes on from this version. From `this` all are of this version; a folder holds a
 * version that is installed there.
 */
import { spawn } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { benchOptions, PairedSpeaker, speak, TestApi } from "@rostra/testkit";
import { SAMPLE_RATE_HZ, systemClock } from "@rostra/wire";
import { BenchCrowd, type CrowdSecond } from "./bench-crowd.ts";
import { type EarVerdict, UpgradeEar } from "./upgrade/ear.ts";
import { UpgradeFleet } from "./upgrade/fleet.ts";
import { VERSION_BEFORE, versionBefore } from "./upgrade/version-before.ts";

const values = benchOptions({
  listeners: { type: "string", default: "2000" },
  from: { type: "string", default: "before" },
  json: { type: "string" },
});
const LISTENERS = Number(values.listeners);
const JOINS_A_SECOND = 400;
const ARRIVE_WITHIN_MS = 60_000;
const EARS = 4;
const TEXT =
  "The boat left the harbour before the sun came up, and nobody on the pier could say why the clock had stopped.";
const PIECE = SAMPLE_RATE_HZ / 50;
const PAUSE_RMS = 0.02;
/** Before the first, and after each: so long all must be well. */
const CALM_MS = 4_000;

interface Step {
  readonly title: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly drainMs: number | undefined;
}

const say = (text: string) => void process.stderr.write(`${text}\n`);
const revision = values.from === "before" ? VERSION_BEFORE : values.from;
const before = values.from === "this" ? undefined : versionBefore(revision);
if (before === undefined && values.from !== "this") {
  say(`this clone's history has no ${revision}: all processes are of this version`);
}
const fleet = await UpgradeFleet.start(before?.folder);
const urls = fleet.edgeUrls;
let broken = true;
try {
  const api = new TestApi(urls[0]!);
  const host = await api.guest("Ada");
  const { id } = await api.openSpace(host, "Upgraded while you listen");
  await api.setMuted(host, id, host, false);
  await api.goLive(host, id);
  const speaker = await PairedSpeaker.join(urls, id, host.token, await denseVoice());
  const ears = Array.from({ length: EARS }, (_, at) => new UpgradeEar(urls[at % 2]!, id));
  const crowd = new BenchCrowd({
    urls,
    spaceId: id,
    listeners: LISTENERS,
    rampSeconds: Math.ceil(LISTENERS / JOINS_A_SECOND),
    folder: fleet.folder,
    start: ([program, ...args]) => spawn(program!, args, { stdio: ["ignore", "pipe", "pipe"] }),
  });
  await crowd.arrived(ARRIVE_WITHIN_MS);
  const steps = [await step("nothing", () => sleep(CALM_MS, undefined))];
  for (const name of fleet.names) {
    steps.push(await step(name, () => fleet.replace(name)));
    say(`${name} is replaced, its drain took ${Math.round(steps.at(-1)!.drainMs ?? 0)} ms`);
  }
  const { seconds } = await crowd.stop();
  const rows: Row[] = [];
  for (const each of steps) rows.push(await judge(each, seconds, ears));
  for (const ear of ears) ear.close();
  speaker.stop();
  broken = report(rows, ears);
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(rows, null, 2)}\n`);
} finally {
  await fleet.stop();
  if (before?.isOurs) await rm(before.folder, { recursive: true });
}
process.exit(broken ? 1 : 0);

async function step(title: string, act: () => Promise<number | undefined>): Promise<Step> {
  const fromMs = systemClock.nowMs();
  const drainMs = await act();
  await sleep(CALM_MS);
  return { title, fromMs, toMs: systemClock.nowMs(), drainMs };
}

interface Row extends EarVerdict {
  readonly title: string;
  readonly drainMs: number | undefined;
  readonly lost: number;
  readonly stallMs: number;
}

async function judge(
  { title, fromMs, toMs, drainMs }: Step,
  seconds: readonly CrowdSecond[],
  ears: readonly UpgradeEar[],
): Promise<Row> {
  const meanwhile = seconds.filter(({ endMs }) => endMs > fromMs && endMs <= toMs + 1_000);
  const verdicts: EarVerdict[] = [];
  for (const ear of ears) verdicts.push(await ear.verdict(fromMs, toMs));
  const sum = (of: (verdict: EarVerdict) => number) =>
    verdicts.reduce((total, verdict) => total + of(verdict), 0);
  const total = (of: (second: CrowdSecond) => number) =>
    meanwhile.reduce((sumOf, second) => sumOf + of(second), 0);
  return {
    title,
    drainMs,
    // Not of the second that reaches into the next step.
    lost: LISTENERS - (meanwhile.findLast(({ endMs }) => endMs <= toMs)?.listening ?? 0),
    stallMs: Math.max(0, ...meanwhile.map(({ stallMs }) => stallMs)),
    missing: total(({ skippedFrames }) => skippedFrames) + sum(({ missing }) => missing),
    repeated: total(({ repeatedFrames }) => repeatedFrames) + sum(({ repeated }) => repeated),
    holding: sum(({ holding }) => holding),
    concealed: sum(({ concealed }) => concealed),
    quietMs: Math.max(...verdicts.map((verdict) => verdict.quietMs)),
  };
}

/** Prints the table. @returns whether anything was lost */
function report(rows: readonly Row[], ears: readonly UpgradeEar[]): boolean {
  const ms = (value: number | undefined) => (value === undefined ? "" : `${Math.round(value)} ms`);
  const lines = rows.map((row) =>
    [
      row.title,
      ms(row.drainMs),
      row.lost,
      ms(row.stallMs),
      row.missing,
      row.repeated,
      row.holding,
      row.concealed,
      ms(row.quietMs),
    ].join(" | "),
  );
  const head = [
    "| replaced | drained in | listeners lost | longest silence at the ear | frames missing | repeated | holding sound | made up | quiet when decoded |",
    "|---|---|---|---|---|---|---|---|---|",
  ];
  process.stdout.write(`${[...head, ...lines.map((line) => `| ${line} |`)].join("\n")}\n`);
  const reconnects = ears.reduce((sum, ear) => sum + ear.reconnects, 0);
  process.stdout.write(
    `\nFrom ${before === undefined ? "this version" : revision}: ${LISTENERS} listeners and ${EARS} of the SDK's own, which decode; those reconnected ${reconnects} times.\n`,
  );
  const isBroken = (row: Row) =>
    row.lost + row.missing + row.repeated + row.holding + row.concealed > 0;
  return reconnects > 0 || rows.some(isBroken);
}

/** Spoken without pauses: where it is away, that is heard. */
async function denseVoice(): Promise<Float32Array> {
  const spoken = await speak(TEXT, { speed: 150 });
  const pieces: Float32Array[] = [];
  for (let from = 0; from + PIECE <= spoken.length; from += PIECE) {
    const piece = spoken.subarray(from, from + PIECE);
    const power = piece.reduce((sum, sample) => sum + sample * sample, 0) / PIECE;
    if (Math.sqrt(power) >= PAUSE_RMS) pieces.push(piece);
  }
  const dense = new Float32Array(pieces.length * PIECE);
  for (const [at, piece] of pieces.entries()) dense.set(piece, at * PIECE);
  return dense;
}
