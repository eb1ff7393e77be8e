/**
 * Thirteen speakers on one stage for ten minutes: a whole Rostra, WebRTC speakers behind links of
 * their own, each with a voice of their own and their turns, and one network cut each while they
 * speak. What a WebSocket listener got says who was heard, and how soon after a cut again.
 *
 *     npm run bench:thirteen [-- minutes] [speakers]
 */
import { setTimeout as sleep } from "node:timers/promises";
import { alignAndCorrelate } from "@rostra/sound";
import {
  inStepWith,
  RostraProcess,
  SteadySpeaker,
  TestApi,
  type TestGuest,
  WebSocketListener,
} from "@rostra/testkit";
import { FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE_HZ, systemClock } from "@rostra/wire";
import { describeSamples, percentile } from "./statistics.ts";
import { ProgramTape } from "./thirteen/program-tape.ts";
import {
  AFTER_CUT_MS,
  type Timetable,
  TURN_MS,
  type Turn,
  timetable,
} from "./thirteen/timetable.ts";
import { quietRoom, type Voice, voicesFor } from "./thirteen/voices.ts";

const MINUTES = Number(process.argv[2] ?? 10);
const PEOPLE = Number(process.argv[3] ?? 13);
/** Wireless at home: some delay, some jitter, now and then a packet lost. */
const NETWORK = {
  up: { delayMs: 20, jitterMs: 8, loss: { kind: "random", share: 0.005 } },
} as const;
const SETTLE_MS = 4_000;
/** How much later than it was said a turn may be heard. */
const LATEST_MS = 600;
/** A voice's loudness over time correlates with itself by 0.9 and more, with another's by 0.2 to 0.6. */
const HEARD_ABOVE = 0.7;
const WELL_HEARD = 0.85;
const TIMER_MS = 5;

const nowMs = () => systemClock.nowMs();

interface Person {
  readonly guest: TestGuest;
  readonly speaker: SteadySpeaker;
  readonly voice: Voice;
  readonly turns: readonly Turn[];
  sent: number;
}

const voices = await voicesFor(PEOPLE);
const quiet = await quietRoom();
const plan = timetable(PEOPLE, MINUTES * 60_000);
const rostra = await RostraProcess.start();
const api = new TestApi(rostra.url);
const host = await api.guest("Speaker 1");
const space = await api.openSpace(host, "Thirteen");
const { epoch } = await api.call<{ epoch: string }>("GET", `/spaces/${space.id}`);
const people: Person[] = [];
for (const [who, voice] of voices.entries()) people.push(await arrive(who, voice));
await api.goLive(host, space.id);
const listener = new WebSocketListener(rostra.url, space.id);

const startMs = nowMs() + SETTLE_MS;
const sending = setInterval(sendDue, TIMER_MS);
for (const { who, cutMs, restoreMs, elsewhere, toMs } of plan.cuts) {
  const { speaker } = people[who]!;
  await until(cutMs);
  speaker.cut();
  await until(restoreMs);
  if (elsewhere) speaker.restoreElsewhere();
  else speaker.restore();
  await until(toMs);
  const { stage } = await api.space(space.id);
  process.stderr.write(
    `speaker ${who + 1}: cut for ${((restoreMs - cutMs) / 1000).toFixed(1)} s, ` +
      `${stage.filter(({ connected }) => connected).length} of ${PEOPLE} connected after it\n`,
  );
}
await sleep(LATEST_MS + 500);
clearInterval(sending);
const { stage: members } = await api.space(space.id);
const tape = await ProgramTape.of(listener.frames, Date.parse(epoch));
report(tape, plan);
listener.close();
for (const { speaker } of people) speaker.close();
await rostra.stop();
process.exit(0);

async function arrive(who: number, voice: Voice): Promise<Person> {
  const guest = who === 0 ? host : await api.guest(`Speaker ${who + 1}`);
  if (who > 0) await api.bringOnStage(host, space.id, guest);
  await api.call("PATCH", `/spaces/${space.id}/stage/${guest.user.id}`, guest.token, {
    muted: false,
  });
  const whipUrl = `${rostra.url}/api/v1/spaces/${space.id}/whip`;
  const speaker = await SteadySpeaker.join(whipUrl, guest.token, { ...NETWORK, seed: who });
  const turns = [...plan.turns, ...plan.cuts].filter((turn) => turn.who === who);
  return { guest, speaker, voice, turns, sent: 0 };
}

async function until(ms: number): Promise<void> {
  await sleep(Math.max(0, startMs + ms - nowMs()));
}

/** Everybody sends all the time: their voice in their turns, the noise of a quiet room otherwise. */
function sendDue(): void {
  const elapsedMs = nowMs() - startMs + SETTLE_MS;
  for (const [who, person] of people.entries()) {
    const phaseMs = (who * FRAME_MS) / PEOPLE;
    for (; person.sent * FRAME_MS + phaseMs <= elapsedMs; person.sent += 1) {
      const atMs = person.sent * FRAME_MS - SETTLE_MS;
      const turn = person.turns.find(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs);
      const { packets } = turn === undefined ? quiet : person.voice;
      const index = Math.floor((atMs - (turn?.fromMs ?? -SETTLE_MS)) / FRAME_MS);
      person.speaker.send(packets[index % packets.length]!, person.sent * FRAME_SAMPLES);
    }
  }
}

/** How alike a turn sounds to what each of them would have said. */
function scoresOf(heard: Float32Array, who: number): number[] {
  const scores = voices.map(({ pcm }) => likeness(heard, pcm));
  if (scores[who]! > WELL_HEARD) return scores;
  // A jitter buffer may have moved it while it was said: each piece is put in its place first.
  return voices.map(({ pcm }) =>
    likeness(inStepWith(turnOf(pcm), heard, { latestMs: LATEST_MS }).samples, pcm),
  );
}

function likeness(heard: Float32Array, pcm: Float32Array): number {
  const options = { maxLagMs: LATEST_MS };
  return alignAndCorrelate(turnOf(pcm), heard, SAMPLE_RATE_HZ, options).correlation;
}

function turnOf(pcm: Float32Array): Float32Array {
  return pcm.subarray(0, (TURN_MS / 1000) * SAMPLE_RATE_HZ);
}

/** As themself, and as nobody else. */
function isHeard(scores: readonly number[], { who, fromMs }: Turn): boolean {
  if (scores[who]! > HEARD_ABOVE && scores.every((score) => score <= scores[who]!)) return true;
  const all = scores.map((score) => score.toFixed(2)).join(" ");
  process.stderr.write(`turn of speaker ${who + 1} at ${fromMs / 1000} s isn't theirs: ${all}\n`);
  return false;
}

function report(program: ProgramTape, { turns, cuts }: Timetable): void {
  const judged = turns.map((turn) => {
    const sound = program.between(startMs + turn.fromMs, startMs + turn.toMs + LATEST_MS);
    return { turn, scores: scoresOf(sound, turn.who) };
  });
  const heard = turns.filter((turn, index) => isHeard(judged[index]!.scores, turn));
  const own = judged.map(({ turn, scores }) => scores[turn.who]!);
  const others = judged.flatMap(({ turn, scores }) => scores.toSpliced(turn.who, 1));
  const neverHeard = people.flatMap((_, who) =>
    heard.some((turn) => turn.who === who) ? [] : [who + 1],
  );
  const back = cuts.map(({ who, restoreMs, elsewhere, toMs }) => {
    const at = program.voiceAfter(startMs + restoreMs, startMs + toMs);
    const backMs = at === undefined ? undefined : at - startMs - restoreMs;
    return { who, elsewhere, backMs };
  });
  const missing = back.flatMap(({ who, backMs }) => (backMs === undefined ? [who + 1] : []));
  const after = (elsewhere: boolean) =>
    describeSamples(
      back.flatMap((one) => (one.elsewhere === elsewhere ? (one.backMs ?? []) : [])),
      "cuts",
    );
  const dropped = people.filter(
    ({ guest }) => !members.some(({ id, connected }) => id === guest.user.id && connected),
  );
  const connections = people.map(({ speaker }) => speaker.connections);
  const silent = people.filter(({ speaker }) => speaker.packetsReceived === 0);
  const lines = [
    "| what | figure |",
    "|---|---|",
    `| speakers, minutes | ${PEOPLE}, ${MINUTES} |`,
    `| turns of ${TURN_MS / 1000} s heard as the one who spoke | ${heard.length} of ${turns.length} |`,
    `| likeness of a turn to its speaker's voice, median and least | ${percentile(own, 0.5).toFixed(2)}, ${Math.min(...own).toFixed(2)} |`,
    `| likeness of a turn to another's voice, median and most | ${percentile(others, 0.5).toFixed(2)}, ${Math.max(...others).toFixed(2)} |`,
    `| speakers never heard | ${neverHeard.length === 0 ? "none" : neverHeard.join(", ")} |`,
    `| speakers not on stage and connected at the end | ${dropped.length} |`,
    `| speakers who hear nothing at the end | ${silent.length} |`,
    `| speakers not heard again within ${AFTER_CUT_MS / 1000} s of the network | ${missing.length === 0 ? "none" : missing.join(", ")} |`,
    `| heard again, the same network being back | ${after(false)} |`,
    `| heard again, another network being there | ${after(true)} |`,
    `| connections a speaker | ${Math.min(...connections)} to ${Math.max(...connections)} |`,
    `| program frames missed or repeated at the listener | ${listener.missing.length + listener.repeated.length} |`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}
