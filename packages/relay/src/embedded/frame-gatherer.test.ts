import { VirtualClock } from "@rostra/testkit";
import { LIMITS, newSpaceId, type ProgramFrame, type SpaceId } from "@rostra/wire";
import { expect, it } from "vitest";
import { FrameGatherer } from "./frame-gatherer.ts";

const WITHIN_MS = 100;
const frame = (number: number): ProgramFrame => {
  return { number, packet: Uint8Array.of(0xf8, number & 0xff), holding: false };
};

/** A gatherer, and what has left it: words, and the numbers of each space, with the time. */
function gathering(withinMs = WITHIN_MS, phase = 0) {
  const clock = new VirtualClock(0);
  const left: { atMs: number; words: number[]; numbers: Map<SpaceId, number[]> }[] = [];
  const gatherer = new FrameGatherer({
    clock,
    onDeparture: ({ words, frames: bySpace }) => {
      const numbers = [...bySpace].map(([id, all]) => [id, all.map((it) => it.number)] as const);
      const said = words.map((word) => word[0]!);
      left.push({ atMs: clock.nowMs(), words: said, numbers: new Map(numbers) });
    },
  });
  gatherer.gathering = { withinMs, phase };
  /** Each of these spaces has a frame each 20 ms, from these numbers on. */
  const pass = async (ms: number, spaces: ReadonlyMap<SpaceId, number>) => {
    for (let tick = 0; tick < ms / 20; tick += 1) {
      await clock.advanceSettling(20);
      for (const [id, first] of spaces) gatherer.add(id, [frame(first + tick)]);
      await Promise.resolve();
    }
  };
  return { clock, gatherer, left, pass };
}

it("hands on each frame as it comes, until it's asked for otherwise", () => {
  const { gatherer, left } = gathering(0);
  const id = newSpaceId();
  for (const number of [3, 4]) gatherer.add(id, [frame(number)]);
  expect(left.map(({ numbers }) => numbers.get(id))).toEqual([[3], [4]]);
});

it("lets frames leave together, right behind each fifth number", async () => {
  const { left, pass } = gathering();
  const id = newSpaceId();
  await pass(400, new Map([[id, 1]]));
  expect(left.map(({ numbers }) => numbers.get(id))).toEqual([
    [1, 2, 3, 4, 5],
    [6, 7, 8, 9, 10],
    [11, 12, 13, 14, 15],
    [16, 17, 18, 19, 20],
  ]);
});

it("lets them leave behind other numbers where the process has another phase", async () => {
  const { left, pass } = gathering(200, 7);
  const id = newSpaceId();
  await pass(600, new Map([[id, 1]]));
  expect(left.map(({ numbers }) => numbers.get(id)!.at(-1))).toEqual([7, 17, 27]);
});

it("takes along what else is said meanwhile, before the frames, and keeps it no longer than them", async () => {
  const { clock, gatherer, left, pass } = gathering();
  const id = newSpaceId();
  await pass(40, new Map([[id, 1]]));
  for (const word of [1, 2]) gatherer.say(Uint8Array.of(word));
  await pass(60, new Map([[id, 3]]));
  expect(left.map(({ words }) => words)).toEqual([[1, 2]]);
  gatherer.say(Uint8Array.of(3));
  await clock.advanceSettling(WITHIN_MS + 40);
  expect(left.map(({ words }) => words)).toEqual([[1, 2], [3]]);
  gatherer.gathering = { withinMs: 0, phase: 0 };
  gatherer.say(Uint8Array.of(4));
  expect(left.at(-1)!.words).toEqual([4]);
});

it("lets words that wait shift nobody's turn", async () => {
  const { clock, gatherer, left, pass } = gathering();
  const id = newSpaceId();
  gatherer.say(Uint8Array.of(1));
  await clock.advanceSettling(60);
  await pass(200, new Map([[id, 1]]));
  expect(left.map(({ words }) => words)).toEqual([[1], [], []]);
  expect(left.map(({ numbers }) => numbers.get(id)?.at(-1))).toEqual([undefined, 5, 10]);
});

it("takes the frames of all spaces along at one space's numbers", async () => {
  const { left, pass } = gathering();
  const [leader, other] = [newSpaceId(), newSpaceId()];
  await pass(
    200,
    new Map([
      [leader, 1],
      [other, 73],
    ]),
  );
  expect(left.map(({ numbers }) => numbers.get(other))).toEqual([
    [73, 74, 75, 76, 77],
    [78, 79, 80, 81, 82],
  ]);
});

it("keeps none for longer than asked for when the space that led falls silent", async () => {
  const { left, pass } = gathering();
  const [leader, other] = [newSpaceId(), newSpaceId()];
  await pass(
    40,
    new Map([
      [leader, 1],
      [other, 73],
    ]),
  );
  await pass(600, new Map([[other, 75]]));
  const gaps = left.map(({ atMs }, at) => atMs - (left[at - 1]?.atMs ?? 0));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(WITHIN_MS + 20);
  expect(left.at(-1)!.numbers.get(other)!.at(-1)! % 5).toBe(0);
});

it("lets go of the last frames when no more come", async () => {
  const { clock, left, pass } = gathering();
  const id = newSpaceId();
  await pass(60, new Map([[id, 1]]));
  expect(left).toEqual([]);
  await clock.advanceSettling(WITHIN_MS + 40);
  expect(left.map(({ numbers }) => numbers.get(id))).toEqual([[1, 2, 3]]);
  await clock.advanceSettling(1_000);
  expect(clock.pending).toBe(0);
});

it("never holds more of a space than one chunk may carry", () => {
  const { gatherer, left } = gathering();
  const id = newSpaceId();
  for (let number = 1; number <= 3 * LIMITS.chunkFrames; number += 1) {
    if (number % 5 !== 0) gatherer.add(id, [frame(number)]);
  }
  expect(left.length).toBeGreaterThan(0);
  expect(left[0]!.numbers.get(id)).toHaveLength(LIMITS.chunkFrames);
});
