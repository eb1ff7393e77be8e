/**
 * What a kill -9 costs at the ear: a real browser speaks, a WebSocket listener counts frames.
 *
 *     npm run bench:faults [-- kills]
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  joinStage,
  openSpace,
  Person,
  RostraProcess,
  speak,
  WebSocketListener,
  writeWav,
} from "@rostra/testkit";
import { FRAME_MS, type ProgramFrame } from "@rostra/wire";
import { describeSamples } from "./statistics.ts";

const KILLS = Number(process.argv[2] ?? 10);
const SETTLE_MS = 4_000;

const nowMs = () => performance.now();

async function until(what: () => boolean): Promise<void> {
  while (!what()) await sleep(5);
}

const folder = await mkdtemp(join(tmpdir(), "rostra-faults-"));
const wav = join(folder, "voice.wav");
await writeWav(wav, await speak("One two three four five six seven eight nine ten."));
const rostra = await RostraProcess.start({ env: { ROSTRA_EDGES: "2" } });
const ada = await Person.arrive({ microphoneWav: wav });
const spaceId = await openSpace(ada.page, rostra.url, "Faults", "Ada");
await joinStage(ada.page);
await ada.page.getByRole("button", { name: "Go live" }).click();

await report("stage killed: holding sound heard", killStage);
await report("edge killed: until the next frame is there", killEdge);
await report("control killed: holding sound heard", killControl);

await ada.leave();
await rostra.stop();
await rm(folder, { recursive: true });
process.exit(0);

async function report(what: string, kill: () => Promise<{ ms: number; lost: number }>) {
  const samples: number[] = [];
  let lost = 0;
  for (let i = 0; i < KILLS; i += 1) {
    const { ms, lost: missing } = await kill();
    samples.push(ms);
    lost += missing;
    await sleep(SETTLE_MS);
  }
  process.stdout.write(
    `${what}: ${describeSamples(samples, "kills")}; frames missed or repeated: ${lost}\n`,
  );
}

/** A listener on whom a voice, not the holding sound, has been for half a second. */
async function listenToVoice(): Promise<WebSocketListener> {
  const listener = new WebSocketListener(rostra.url, spaceId);
  await until(() => listener.frames.length > 60 && !listener.frames.slice(-25).some(isHolding));
  return listener;
}

function isHolding(frame: ProgramFrame): boolean {
  return frame.holding;
}

async function killStage(): Promise<{ ms: number; lost: number }> {
  const listener = await listenToVoice();
  const from = listener.frames.length;
  rostra.kill("stage-1");
  await until(() => listener.frames.slice(from).some(isHolding));
  await until(() => !listener.frames.slice(-10).some(isHolding));
  return finish(listener, from);
}

async function killControl(): Promise<{ ms: number; lost: number }> {
  const listener = await listenToVoice();
  const from = listener.frames.length;
  const before = rostra.kill("control-1");
  await until(() => rostra.rolePid("control-1") !== before);
  await sleep(1_000);
  return finish(listener, from);
}

function finish(listener: WebSocketListener, from: number): { ms: number; lost: number } {
  listener.close();
  return {
    ms: listener.frames.slice(from).filter(isHolding).length * FRAME_MS,
    lost: listener.missing.length + listener.repeated.length,
  };
}

async function killEdge(): Promise<{ ms: number; lost: number }> {
  const listener = await listenToVoice();
  // Which of the two holds the listener is the kernel's choice: the one whose death it notices.
  for (const edge of ["edge-1", "edge-2"]) {
    if (listener.open) rostra.kill(edge);
    await Promise.race([until(() => !listener.open), sleep(500)]);
    if (listener.open) await sleep(SETTLE_MS);
  }
  await until(() => !listener.open);
  const closedMs = nowMs();
  const from = listener.latestFrame! + 1;
  for (;;) {
    const next = new WebSocketListener(rostra.url, spaceId, `?from=${from}`);
    await until(() => next.frames.length > 0 || next.closeCode !== undefined);
    if (next.frames.length === 0) continue;
    const ms = nowMs() - closedMs;
    await until(() => next.frames.length > 100);
    next.close();
    const gap = next.frames[0]!.number - from;
    return { ms, lost: gap + next.missing.length + next.repeated.length };
  }
}
