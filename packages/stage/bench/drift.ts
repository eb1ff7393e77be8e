/**
 * An hour of real speech from senders whose clocks are fast, slow and right: whether the delay
 * grows, whether anything clicks, whether words are lost. The way of the packets is the stage's
 * own; time and network are simulated, so an hour takes seconds. Needs ffmpeg, and either
 * Debian's asterisk-core-sounds-en-wav or espeak-ng.
 *
 *     node packages/stage/bench/drift.ts [minutes, default 60]
 */
import { existsSync } from "node:fs";
import { decodeAudio, speak } from "@rostra/testkit";
import { SAMPLE_RATE_HZ } from "@rostra/wire";
import { ClickDetector } from "../test/support/clicks.ts";
import { Loop, playDrifting } from "../test/support/drift.ts";
import type { TestReceiver } from "../test/support/playout.ts";
import { encodeUplink } from "../test/support/uplink.ts";
import { Envelope, findWord, STEP_MS, wordsOf } from "../test/support/words.ts";

const MINUTES = Number(process.argv[2] ?? 60);
const RECORDINGS = "/usr/share/asterisk/sounds/en_US_f_Allison";
/** Over two minutes of one person: long enough for clocks to slide past each other within a round. */
const NAMES = ["demo-instruct", "demo-congrats", "priv-callee-options"];
const SENTENCE = "Every child on the quay waved a small flag, and the band played until dark. ";

interface Case {
  readonly driftPpm: number;
  readonly jitterMs: number;
  readonly loss: number;
}

const CASES: readonly Case[] = [
  { driftPpm: 0, jitterMs: 3, loss: 0 },
  { driftPpm: 200, jitterMs: 3, loss: 0 },
  { driftPpm: -200, jitterMs: 3, loss: 0 },
  { driftPpm: 200, jitterMs: 3, loss: 0.02 },
];

/** A word is looked for up to 200 ms after it was said. */
const WITHIN_STEPS = 20;
/** The last words are left out whose end may not have been played. */
const MOST_WORD_STEPS = 1_000;

async function voice(): Promise<Float32Array> {
  const parts = existsSync(RECORDINGS)
    ? await Promise.all(NAMES.map((name) => decodeAudio(`${RECORDINGS}/${name}.wav`)))
    : [await speak(SENTENCE.repeat(12)), await speak(SENTENCE.repeat(12), { voice: "en-gb+f3" })];
  const pause = SAMPLE_RATE_HZ / 2;
  const samples = parts.reduce((sum, part) => sum + part.length + pause, pause);
  const pcm = new Float32Array(Math.ceil(samples / 960) * 960);
  let at = pause;
  for (const part of parts) {
    pcm.set(part, at);
    at += part.length + pause;
  }
  return pcm;
}

/** What leaves where nothing has to be corrected: what the others are measured by. */
async function cleanSound(loop: Loop) {
  const clicks = new ClickDetector();
  const envelope = new Envelope();
  const receiver = await playDrifting(loop, {
    seconds: 2 * loop.seconds,
    driftPpm: 0,
    jitterMs: 0,
    onFrame: (pcm) => {
      clicks.push(pcm);
      envelope.push(pcm);
    },
  });
  receiver.close();
  return clicks.sharpestDb;
}

const pcm = await voice();
const loop = new Loop(await encodeUplink(pcm, { fec: true }), pcm.length);
const spoken = new Envelope();
spoken.push(pcm);
const words = wordsOf(spoken.values);
const sharpestDb = await cleanSound(loop);
process.stdout.write(
  `${MINUTES} min of a loop of ${loop.seconds.toFixed(1)} s with ${words.length} words; ` +
    `the clean voice's sharpest place: ${sharpestDb.toFixed(1)} dB\n`,
);
process.stdout.write(
  "\n| clock | loss | delay, first minute | last minute | p99 | max | mouth to ear, first | last |" +
    " clicks | concealed | recovered by FEC | words missing | CPU |\n" +
    `|${"---|".repeat(13)}\n`,
);
for (const options of CASES) {
  const clicks = new ClickDetector(sharpestDb + 1);
  const heard = new Envelope();
  const startMs = performance.now();
  const receiver = await playDrifting(loop, {
    ...options,
    seconds: MINUTES * 60,
    onFrame: (frame) => {
      clicks.push(frame);
      heard.push(frame);
    },
  });
  const tookMs = performance.now() - startMs;
  receiver.close();
  report(options, receiver, clicks, heard, tookMs);
}

function report(
  { driftPpm, loss }: Case,
  { delaysMs, meter }: TestReceiver,
  clicks: ClickDetector,
  heard: Envelope,
  tookMs: number,
): void {
  const minute = 50 * 60;
  // The first half minute is spent learning the link.
  const settled = delaysMs.slice(minute / 2).toSorted((a, b) => a - b);
  const words = lookForWords(driftPpm, heard.values);
  const row = [
    `${driftPpm} ppm`,
    `${loss * 100}%`,
    `${mean(delaysMs.slice(minute / 2, minute)).toFixed(1)} ms`,
    `${mean(delaysMs.slice(-minute)).toFixed(1)} ms`,
    `${settled[Math.floor(settled.length * 0.99)]!.toFixed(0)} ms`,
    `${settled.at(-1)!.toFixed(0)} ms`,
    `${words.firstMs} ms`,
    `${words.lastMs} ms`,
    `${clicks.clicks} (sharpest ${clicks.sharpestDb.toFixed(1)} dB)`,
    `${meter.concealedFrames.toFixed(0)} of ${delaysMs.length} frames`,
    `${meter.recoveredPackets}`,
    `${words.missing} of ${words.said}`,
    `${(tookMs / 1000).toFixed(0)} s`,
  ];
  process.stdout.write(`| ${row.join(" | ")} |\n`);
}

/** Every word that was said, where it should be heard. */
function lookForWords(driftPpm: number, heard: readonly number[]) {
  let missing = 0;
  const lateMs: number[] = [];
  for (let round = 0; ; round += 1) {
    for (const word of words) {
      const saidMs = (round * loop.seconds * 1000 + word.start * STEP_MS) / (1 + driftPpm / 1e6);
      const at = Math.round(saidMs / STEP_MS);
      if (at + MOST_WORD_STEPS > heard.length) {
        const firstMs = middle(lateMs.slice(0, words.length));
        const lastMs = middle(lateMs.slice(-words.length));
        return { missing, said: lateMs.length, firstMs, lastMs };
      }
      const found = findWord(spoken.values, word, heard, at, WITHIN_STEPS);
      lateMs.push(found.lateMs);
      if (found.isHeard) continue;
      missing += 1;
      const lengthMs = (word.end - word.start) * STEP_MS;
      process.stderr.write(
        `at ${(saidMs / 1000).toFixed(1)} s a word of ${lengthMs} ms: correlation ` +
          `${found.correlation.toFixed(2)}, ${found.levelDb.toFixed(1)} dB\n`,
      );
    }
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
