import { memoryRelay } from "@rostra/relay";
import { TEST_EPOCH_MS, testSpace } from "@rostra/testkit";
import { newUserId, STATE_KEYS, type StageTiming } from "@rostra/wire";
import { beforeEach, expect, it } from "vitest";
import { TimingWriter } from "./timing-writer.ts";

const ADA = newUserId();
const SPACE = testSpace({ secondStageName: "two", term: 2 });

let said: StageTiming[];
let standing: unknown;
let writer: TimingWriter;

beforeEach(() => {
  said = [];
  const relays = memoryRelay();
  const other = relays.join();
  const key = STATE_KEYS.timing(SPACE.id);
  other.hear(key, (value) => said.push(value as StageTiming));
  standing = undefined;
  other.watch(key, (_key, value) => {
    standing = value;
  });
  writer = new TimingWriter(relays.join(), "first");
});

/** Looks at every fifth frame. @param capturedMs of what is heard at the beginning of a frame */
function run(from: number, to: number, capturedMs: (frame: number) => number, gainDb = 0): void {
  for (let frame = from; frame < to; frame += 5) {
    const voices = [{ id: ADA, capturedMs: capturedMs(frame), gainDb }];
    writer.write(SPACE, frame, TEST_EPOCH_MS + frame * 20, voices, false);
  }
}

it("says once a second what goes on as it was said", () => {
  run(0, 200, (frame) => 1_000 + frame * 20);
  expect(said.map(({ frame }) => frame)).toEqual([0, 50, 100, 150]);
  expect(said[1]).toEqual({
    term: 2,
    frame: 50,
    atMs: TEST_EPOCH_MS + 1_000,
    voices: [{ id: ADA, capturedMs: 2_000, gainDb: 0 }],
  });
});

it("says at once what has moved by half a millisecond or by half a decibel, and who is new", () => {
  run(0, 10, (frame) => 1_000 + frame * 20);
  run(10, 20, (frame) => 1_000.4 + frame * 20);
  run(20, 30, (frame) => 1_003 + frame * 20);
  run(30, 40, (frame) => 1_003 + frame * 20, 1);
  writer.write(SPACE, 40, TEST_EPOCH_MS + 800, [], false);
  expect(said.map(({ frame }) => frame)).toEqual([0, 20, 30, 40]);
});

it("says all of it anew for somebody who may not have heard it", () => {
  run(0, 10, (frame) => frame * 20);
  writer.forget();
  run(10, 20, (frame) => frame * 20);
  expect(said.map(({ frame }) => frame)).toEqual([0, 10]);
});

it("says it to everybody where the other stage is of the version before, and takes it back when that is upgraded", () => {
  const at = TEST_EPOCH_MS + 1_000;
  writer.write(SPACE, 50, at, [], true);
  expect(said).toEqual([]);
  expect(standing).toEqual({ term: 2, frame: 50, atMs: at, voices: [] });
  writer.write(SPACE, 100, at + 1_000, [], false);
  expect(said.map(({ frame }) => frame)).toEqual([100]);
  expect(standing).toBeUndefined();
});
