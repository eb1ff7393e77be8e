import { loadOpus, rmsDbfs } from "@rostra/sound";
import { testMember } from "@rostra/testkit";
import { DEFAULT_SETTINGS, FRAMES_PER_SECOND, newUserId } from "@rostra/wire";
import { beforeAll, describe, expect, test } from "vitest";
import { ClickDetector } from "../../test/support/clicks.ts";
import { lagOf, PairedStage, runPair, sendTo } from "../../test/support/pair.ts";
import { syntheticVoice } from "../../test/support/synthetic-voice.ts";

const SECONDS = 12;
const FRAMES = SECONDS * FRAMES_PER_SECOND;
const ADA = newUserId();
const SPACE = { members: [testMember(ADA)] };
const VOICE = syntheticVoice({ seconds: SECONDS + 1, seed: 5 });
/** The first settles within that: it begins with a delay that it then changes. */
const SETTLED = 6 * FRAMES_PER_SECOND;
const SAMPLES_PER_MS = 48;
const MAX_LAG = 25 * SAMPLES_PER_MS;

let first: PairedStage;
let second: PairedStage;

beforeAll(async () => {
  const near = { ssrc: 7, firstTimestamp: 2 ** 32 - 48_000, link: { delayMs: 20, jitterMs: 2 } };
  const far = {
    ssrc: 9,
    firstTimestamp: 123_456,
    skipSamples: 480,
    link: { delayMs: 45, jitterMs: 3, seed: 3 },
  };
  first = await PairedStage.open(SPACE, ADA, await sendTo(near, VOICE));
  second = await PairedStage.open(SPACE, ADA, await sendTo(far, VOICE));
  runPair(first, second, FRAMES);
}, 60_000);

/** How far the two are apart in each half second in which somebody speaks. */
function lags(from: number) {
  const found: { readonly ms: number; readonly likeness: number }[] = [];
  for (let at = from; at + 25 <= FRAMES; at += 25) {
    const heard = first.heard(at, at + 25);
    if (rmsDbfs(heard) < -30) continue;
    const { samples, likeness } = lagOf(heard, second.heard(at, at + 25), MAX_LAG);
    found.push({ ms: Math.abs(samples) / SAMPLES_PER_MS, likeness });
  }
  return found;
}

describe("the two stages of a pair", () => {
  test("have the same instant in the same frame, over different ways with different timestamps", () => {
    const found = lags(SETTLED);
    expect(found.length).toBeGreaterThan(8);
    expect(Math.max(...found.map(({ ms }) => ms))).toBeLessThan(1);
    expect(Math.min(...found.map(({ likeness }) => likeness))).toBeGreaterThan(0.95);
  });

  test("cross from one's frames to the other's without a click, and on with the same sound", async () => {
    const opus = await loadOpus();
    const play = async (packets: readonly Uint8Array[]) => {
      const decoder = await opus.createDecoder();
      const clicks = new ClickDetector();
      const pcm = packets.map((packet) => {
        const decoded = decoder.decode(packet);
        clicks.push(decoded);
        return decoded;
      });
      decoder.close();
      return { pcm, sharpestDb: clicks.sharpestDb };
    };
    const [ours, theirs] = [await play(first.packets), await play(second.packets)];
    let [said, missed, different] = [0, 0, 0];
    for (let at = SETTLED; at < FRAMES - 10; at += 13) {
      const crossed = await play([...first.packets.slice(0, at), ...second.packets.slice(at)]);
      expect(crossed.sharpestDb).toBeLessThan(Math.max(ours.sharpestDb, theirs.sharpestDb) + 3);
      said += energy(theirs.pcm[at]!);
      missed += energyBetween(crossed.pcm[at]!, theirs.pcm[at]!);
      different += energyBetween(ours.pcm[at]!, theirs.pcm[at]!);
    }
    // The first frame after a crossing lacks what the other's encoder had said before it: less than
    // what the two ways of the same voice differ by in any case.
    expect(missed).toBeLessThan(different);
    expect(10 * Math.log10(different / said)).toBeLessThan(-10);
  }, 60_000);
});

test("both are as loud, also where the second came later and has heard less of the voice", async () => {
  const space = { ...SPACE, settings: DEFAULT_SETTINGS };
  const soft = VOICE.map((sample) => sample / 8);
  const way = { ssrc: 7, firstTimestamp: 0, link: { delayMs: 20, jitterMs: 1 } };
  const arrivals = await sendTo(way, soft);
  const one = await PairedStage.open(space, ADA, arrivals);
  const late = arrivals.filter(({ atMs }) => atMs > 6_000);
  const two = await PairedStage.open(space, ADA, late);
  runPair(one, two, 8 * FRAMES_PER_SECOND);
  const [loud, asLoud] = [one, two].map((stage) => rmsDbfs(stage.heard(350, 400)));
  expect(Math.abs(loud! - asLoud!)).toBeLessThan(1);
  expect(loud! - rmsDbfs(soft)).toBeGreaterThan(6);
}, 60_000);

function energy(pcm: Float32Array): number {
  return pcm.reduce((sum, sample) => sum + sample * sample, 0);
}

function energyBetween(a: Float32Array, b: Float32Array): number {
  return energy(a.map((sample, i) => sample - b[i]!));
}
