/**
 * What skipping silence (DTX) does to a voice: sentences with pauses over a room's noise, encoded as
 * a browser does with and without it, through the stage's own jitter buffer, mix and program encoder.
 * STOI is against the voice itself. Onsets are the first 100 ms of each sentence: how loud they are
 * on air against the same without DTX.
 *
 *     npm run bench:silence [-- rounds of three voices' half minute]
 */
import {
  carryAll,
  inStepWith,
  intelligibility,
  type LinkConditions,
  speak,
  TEST_EPOCH_MS,
  testMember,
} from "@rostra/testkit";
import { DEFAULT_SETTINGS, FRAME_MS, FRAME_SAMPLES, newUserId, SAMPLE_RATE_HZ } from "@rostra/wire";
import { meanSquare } from "../src/mix/mean-square.ts";
import { seededRandom } from "../test/support/random.ts";
import { encodeUplink, type TimedDatagram } from "../test/support/uplink.ts";
import { TestStage } from "../test/support/world.ts";

const ROUNDS = Number(process.argv[2] ?? 3);
const DELAY_MS = 60;
const PAUSE_SECONDS = 1.6;
const ONSET_SAMPLES = SAMPLE_RATE_HZ / 10;
/** What is below this at a sentence's beginning is no sound that could be missed. */
const ONSET_FLOOR_DB = -55;
const VOICES = ["en-us", "en-gb+f3", "en-gb-scotland+m3"];
/** They begin as softly as words do: f, th, s, h, p, w. */
const SENTENCES = [
  "Fresh bread and sharp cheese make a good lunch after a long walk.",
  "Those three jars of plum jam are on the top shelf of the pantry.",
  "She weighed the parcel, stamped it twice, and put it aside.",
  "He chose the wrong path at the fork and had to climb back in the rain.",
  "Please bring a warm coat, because the evenings by the lake are chilly.",
  "What could nobody in the room say about the clock?",
  "Thick fog rolled in, and the ferry sounded its horn.",
  "If the bridge is closed, take the second road on the left.",
];
const ROOMS_DB = [-70, -55, -45];
const LINKS: readonly (readonly [string, LinkConditions])[] = [
  ["clean", { delayMs: DELAY_MS }],
  [
    "5% lost, 20 ms jitter",
    { delayMs: DELAY_MS, jitterMs: 20, loss: { kind: "random", share: 0.05 } },
  ],
];

interface Spoken {
  readonly voice: Float32Array;
  /** Where each sentence begins, in samples. */
  readonly onsets: readonly number[];
}

async function spoken(voice: string): Promise<Spoken> {
  const pause = Math.round(PAUSE_SECONDS * SAMPLE_RATE_HZ);
  const pieces = await Promise.all(SENTENCES.map((text) => speak(text, { voice })));
  const whole = new Float32Array(pieces.reduce((sum, { length }) => sum + length + pause, pause));
  const onsets: number[] = [];
  let at = pause;
  for (const piece of pieces) {
    whole.set(piece, at);
    onsets.push(
      at +
        Math.max(
          0,
          piece.findIndex((sample) => Math.abs(sample) > 0.003),
        ),
    );
    at += piece.length + pause;
  }
  return { voice: whole, onsets };
}

function inRoom(voice: Float32Array, dbfs: number): Float32Array {
  const random = seededRandom(7);
  const peak = Math.sqrt(3) * 10 ** (dbfs / 20);
  return voice.map((sample) => sample + peak * (2 * random() - 1));
}

async function onAir(sent: readonly TimedDatagram[], samples: number): Promise<Float32Array> {
  const id = newUserId();
  const stage = await TestStage.open({ members: [testMember(id)], settings: DEFAULT_SETTINGS });
  const speaker = await stage.speaker(id);
  const listener = await stage.opus.createDecoder();
  const program = new Float32Array(samples);
  let next = 0;
  for (let number = 0; (number + 1) * FRAME_SAMPLES <= samples; number += 1) {
    const nowMs = number * FRAME_MS;
    for (; next < sent.length && sent[next]!.atMs <= nowMs; next += 1) {
      speaker.push(sent[next]!.datagram, TEST_EPOCH_MS + sent[next]!.atMs);
    }
    program.set(listener.decode(stage.program.tick(number).frame.packet), number * FRAME_SAMPLES);
  }
  listener.close();
  speaker.close();
  stage.program.close();
  return program;
}

interface Row {
  packets: number;
  seconds: number;
  stoi: number[];
  stoiAlways: number[];
  onsetsDb: number[];
}

const rows = new Map<string, Row>();
const mean = (all: readonly number[]) => all.reduce((sum, one) => sum + one, 0) / all.length;
const decibel = (pcm: Float32Array) => 10 * Math.log10(meanSquare(pcm) + 1e-12);

for (let round = 0; round < ROUNDS; round += 1) {
  const { voice, onsets } = await spoken(VOICES[round % VOICES.length]!);
  for (const room of ROOMS_DB) {
    const pcm = inRoom(voice, room);
    const always = await encodeUplink(pcm, { fec: true });
    const skipped = await encodeUplink(pcm, { fec: true, dtx: true });
    for (const [name, link] of LINKS) {
      const key = `${room} dBFS | ${name}`;
      const row = rows.get(key) ?? {
        packets: 0,
        seconds: 0,
        stoi: [],
        stoiAlways: [],
        onsetsDb: [],
      };
      rows.set(key, row);
      const hear = async (sent: readonly TimedDatagram[]) => {
        const heard = await onAir(carryAll(sent, link, 1_000 + round), voice.length);
        return inStepWith(voice, heard, { earliestMs: -50, latestMs: 450 }).samples;
      };
      const [plain, sparse] = [await hear(always), await hear(skipped)];
      row.packets += skipped.length;
      row.seconds += voice.length / SAMPLE_RATE_HZ;
      row.stoiAlways.push(intelligibility(voice, plain));
      row.stoi.push(intelligibility(voice, sparse));
      for (const onset of onsets) {
        const loud = decibel(plain.subarray(onset, onset + ONSET_SAMPLES));
        if (loud < ONSET_FLOOR_DB) continue;
        row.onsetsDb.push(decibel(sparse.subarray(onset, onset + ONSET_SAMPLES)) - loud);
      }
      process.stderr.write(`round ${round + 1} of ${ROUNDS}: ${key}\n`);
    }
  }
}

const lines = [
  "| room | link | packets a second | STOI without DTX | STOI with | onsets, mean | softest onset |",
  "|---|---|---|---|---|---|---|",
  ...[...rows].map(([key, { packets, seconds, stoi, stoiAlways, onsetsDb }]) => {
    const figures = [
      (packets / seconds).toFixed(1),
      mean(stoiAlways).toFixed(3),
      mean(stoi).toFixed(3),
      `${mean(onsetsDb).toFixed(1)} dB`,
      `${Math.min(...onsetsDb).toFixed(1)} dB`,
    ];
    return `| ${key} | ${figures.join(" | ")} |`;
  }),
];
process.stdout.write(`\n${lines.join("\n")}\n`);
