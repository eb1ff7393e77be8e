/**
 * What is left of speech when packets get lost: a real voice, encoded as a browser does, through a
 * link in virtual time and the stage's own jitter buffer, mix and program encoder. The program is
 * compared with the program of a clean link: STOI (1 is the same, 0.9 clear, below 0.6 hard), and the
 * correlation of loudness over time. Each link loses the same packets whatever is done about it.
 *
 *     npm run bench:loss [-- rounds of a minute]
 */
import { alignAndCorrelate } from "@rostra/sound";
import {
  carryAll,
  inStepWith,
  intelligibility,
  type LinkConditions,
  speak,
  TEST_EPOCH_MS,
  testMember,
} from "@rostra/testkit";
import { FRAME_MS, FRAME_SAMPLES, newUserId, SAMPLE_RATE_HZ } from "@rostra/wire";
import { Speaker } from "../src/speaker/speaker.ts";
import { CountingMeter } from "../test/support/playout.ts";
import { encodeUplink, TEST_PAYLOAD_TYPE, type TimedDatagram } from "../test/support/uplink.ts";
import { TestStage } from "../test/support/world.ts";
import { crippled, type Repair } from "./support/crippled-decoder.ts";

const ROUNDS = Number(process.argv[2] ?? 3);
const DELAY_MS = 120;
/** The program is nearer to live where the link is better, and further where it is worse. */
const DELAYS = { earliestMs: -250, latestMs: 450 };
const REPAIRS: readonly Repair[] = ["fec and concealment", "concealment only", "nothing"];

const LINKS: readonly (readonly [string, LinkConditions])[] = [
  ["10% lost", { delayMs: DELAY_MS, loss: { kind: "random", share: 0.1 } }],
  ["100 ms jitter", { delayMs: DELAY_MS, jitterMs: 100 }],
  [
    "10% lost, 100 ms jitter",
    { delayMs: DELAY_MS, jitterMs: 100, loss: { kind: "random", share: 0.1 } },
  ],
  [
    "30% lost, bursts of 2",
    { delayMs: DELAY_MS, loss: { kind: "bursts", share: 0.3, meanPackets: 2 } },
  ],
  [
    "30% lost, bursts of 5",
    { delayMs: DELAY_MS, loss: { kind: "bursts", share: 0.3, meanPackets: 5 } },
  ],
];

/** The Harvard sentences' kind of text: everyday words, all sounds of English, nothing to guess. */
const TEXT = [
  "The boat left the harbour before the sun came up behind the hills.",
  "Nobody in the room could say why the clock had stopped at ten past four.",
  "She keeps three jars of plum jam on the top shelf of the pantry.",
  "A thick fog rolled in, and the ferry sounded its horn every two minutes.",
  "Please bring a warm coat, because the evenings by the lake are chilly.",
  "The young clerk weighed the parcel, stamped it twice, and put it aside.",
  "Fresh bread and sharp cheese make a good lunch after a long walk.",
  "He chose the wrong path at the fork and had to climb back in the rain.",
  "The judge asked a short question, and the whole court waited for the answer.",
  "Two brown dogs chased a yellow ball across the wet grass of the park.",
  "If the bridge is closed, take the second road on the left past the mill.",
  "Her voice was calm, but her hands shook as she unfolded the letter.",
].join(" ");
const VOICES = ["en-us", "en-gb+f3", "en-gb-scotland+m3"];

/** One voice through a link and the stage. @returns the program as a listener decodes it */
async function onAir(
  sent: readonly TimedDatagram[],
  repair: Repair,
  seconds: number,
): Promise<Float32Array> {
  const id = newUserId();
  const stage = await TestStage.open({ members: [testMember(id)] });
  const speaker = new Speaker({
    userId: id,
    payloadType: TEST_PAYLOAD_TYPE,
    decoder: crippled(await stage.opus.createDecoder(), repair),
    returnFeed: null,
    meter: new CountingMeter(),
  });
  stage.program.add(speaker);
  const listener = await stage.opus.createDecoder();
  const program = new Float32Array(Math.round(seconds * SAMPLE_RATE_HZ));
  let next = 0;
  for (let number = 0; (number + 1) * FRAME_SAMPLES <= program.length; number += 1) {
    const nowMs = number * FRAME_MS;
    for (; next < sent.length && sent[next]!.atMs <= nowMs; next += 1) {
      speaker.push(sent[next]!.datagram, TEST_EPOCH_MS + sent[next]!.atMs);
    }
    const { frame } = stage.program.tick(number);
    program.set(listener.decode(frame.packet), number * FRAME_SAMPLES);
  }
  listener.close();
  speaker.close();
  stage.program.close();
  return program;
}

interface Score {
  readonly stoi: number;
  readonly correlation: number;
}

function score(clean: Float32Array, heard: Float32Array): Score {
  const { samples } = inStepWith(clean, heard, DELAYS);
  const { correlation } = alignAndCorrelate(clean, samples, SAMPLE_RATE_HZ, { maxLagMs: 0 });
  return { stoi: intelligibility(clean, samples), correlation };
}

const scores = new Map<string, Score[]>();
for (let round = 0; round < ROUNDS; round += 1) {
  const voice = await speak(TEXT, { voice: VOICES[round % VOICES.length]!, padSeconds: 1 });
  const seconds = voice.length / SAMPLE_RATE_HZ;
  const sent = await encodeUplink(voice, { fec: true });
  const clean = await onAir(carryAll(sent, { delayMs: DELAY_MS }, 1), REPAIRS[0]!, seconds);
  add("the voice itself", score(voice, clean));
  for (const [name, link] of LINKS) {
    const arrived = carryAll(sent, link, 1_000 + round);
    for (const repair of REPAIRS) {
      add(`${name}|${repair}`, score(clean, await onAir(arrived, repair, seconds)));
    }
    process.stderr.write(`round ${round + 1} of ${ROUNDS}, ${seconds.toFixed(0)} s: ${name}\n`);
  }
}

function add(key: string, one: Score): void {
  scores.set(key, [...(scores.get(key) ?? []), one]);
}

function mean(key: string): string {
  const all = scores.get(key) ?? [];
  const of = (pick: (one: Score) => number) =>
    (all.reduce((sum, one) => sum + pick(one), 0) / all.length).toFixed(3);
  return `${of(({ stoi }) => stoi)} / ${of(({ correlation }) => correlation)}`;
}

const rows = [
  `| link | ${REPAIRS.join(" | ")} |`,
  `|---|${REPAIRS.map(() => "---|").join("")}`,
  ...LINKS.map(
    ([name]) => `| ${name} | ${REPAIRS.map((repair) => mean(`${name}|${repair}`)).join(" | ")} |`,
  ),
  "",
  `The clean program against the voice before it was encoded: ${mean("the voice itself")}`,
];
process.stdout.write(`${rows.join("\n")}\n`);
