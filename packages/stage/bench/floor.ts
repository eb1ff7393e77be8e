/**
 * What floor control does to talk-over: one person speaks, a second begins to speak over them, and
 * what the program carries is compared with what the first one said, with floor control off and on.
 * Needs espeak-ng and ffmpeg.
 *
 *     node packages/stage/bench/floor.ts
 */
import { inStepWith, intelligibility, speak, testMember } from "@rostra/testkit";
import { DEFAULT_SETTINGS, FRAME_SAMPLES, newUserId, SAMPLE_RATE_HZ } from "@rostra/wire";
import { run, talker } from "../test/support/hearing.ts";
import { TestStage } from "../test/support/world.ts";

const HOLDER_SAYS =
  "The committee met on Thursday to discuss the proposal, and after three hours it was clear that " +
  "nobody would change their mind before the summer. So the chair asked for a vote, and the vote " +
  "was taken, and the road will be built on the northern side of the river.";
const OTHER_SAYS =
  "I have to say that this is not at all what happened, because I was there myself. We talked about " +
  "money and about nothing else, and the river was never mentioned by anybody in that room.";
/** The second voice begins so much later. */
const OVER_AFTER_SECONDS = 2;

const holder = await speak(HOLDER_SAYS, { voice: "en-us" });
const other = await speak(OTHER_SAYS, { voice: "en-gb+f3" });
const from = OVER_AFTER_SECONDS * SAMPLE_RATE_HZ;
const to = Math.min(holder.length, from + other.length);
const over = new Float32Array(holder.length);
over.set(other.subarray(0, to - from), from);

/** What the program carries while the holder speaks, and the other too or not. */
async function programOf(second: Float32Array, floorControl: boolean): Promise<Float32Array> {
  const ids = [newUserId(), newUserId()] as const;
  const stage = await TestStage.open({
    members: ids.map((id) => testMember(id)),
    settings: { ...DEFAULT_SETTINGS, floorControl },
  });
  const people = [await talker(stage, ids[0], holder), await talker(stage, ids[1], second)];
  return (await run(stage, people, Math.floor(holder.length / FRAME_SAMPLES))).program;
}

const alone = await programOf(new Float32Array(holder.length), false);
// The same in all three: the link is even.
const delays = inStepWith(holder, alone, { latestMs: 300 }).delaysMs.toSorted((a, b) => a - b);
const delay = Math.round((delays[delays.length >> 1]! * SAMPLE_RATE_HZ) / 1000);

function stoi(program: Float32Array): string {
  return intelligibility(holder.subarray(from, to), program.subarray(from + delay)).toFixed(2);
}

process.stdout.write(
  "| the program carries | STOI of the holder's words |\n|---|---|\n" +
    `| the holder alone | ${stoi(alone)} |\n` +
    `| both, floor control off | ${stoi(await programOf(over, false))} |\n` +
    `| both, floor control on | ${stoi(await programOf(over, true))} |\n`,
);
