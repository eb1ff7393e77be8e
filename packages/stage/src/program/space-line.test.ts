import { memoryRelay, type Relay } from "@rostra/relay";
import { VirtualClock } from "@rostra/testkit";
import { newSpaceId, newUserId, STATE_KEYS, type StageTiming } from "@rostra/wire";
import { beforeEach, expect, it } from "vitest";
import { ASKING_FRAME, SpaceLine } from "./space-line.ts";

const SPACE = newSpaceId();
const VOICES = [{ id: newUserId(), capturedMs: 1_000 }];

let clock: VirtualClock;
let other: Relay;
let line: SpaceLine;
let told: unknown[];

beforeEach(() => {
  clock = new VirtualClock();
  const relays = memoryRelay(clock);
  other = relays.join();
  line = new SpaceLine(relays.join(), clock, SPACE);
  told = [];
  line.onTiming((part, timing) => told.push([part, timing?.frame]));
});

function timing(frame: number, change: Partial<StageTiming> = {}): StageTiming {
  return { term: 3, frame, atMs: clock.nowMs(), voices: VOICES, ...change };
}

it("asks the first what time it is when it becomes the second, and goes by its answer", () => {
  const asked: unknown[] = [];
  other.hear(STATE_KEYS.secondTiming(SPACE), (value) => asked.push(value));
  line.take("second", 3);
  expect(asked).toEqual([timing(ASKING_FRAME, { voices: [] })]);
  other.tell(STATE_KEYS.timing(SPACE), timing(50, { atMs: clock.nowMs() + 700 }));
  expect(line.nowMs()).toBe(clock.nowMs() + 700);
  expect(told.at(-1)).toEqual(["second", 50]);
});

it("hears a stage of the version before by shared state, but not what stood there before", () => {
  other.put(STATE_KEYS.timing(SPACE), timing(1));
  line.take("second", 3);
  expect(told).toEqual([["second", undefined]]);
  other.put(STATE_KEYS.timing(SPACE), timing(50));
  other.put(STATE_KEYS.timing(SPACE), undefined);
  expect(told.slice(1)).toEqual([["second", 50]]);
});

it("leaves out what was said by an older word of control, and what is no timing", () => {
  line.take("first", 3);
  other.tell(STATE_KEYS.secondTiming(SPACE), timing(50, { term: 2 }));
  other.tell(STATE_KEYS.secondTiming(SPACE), { term: 3 });
  expect(told).toEqual([["first", undefined]]);
});

it("waits for a second through a short silence, not through a long one, nor when it has gone", () => {
  line.take("first", 3);
  const say = (frame: number) => other.tell(STATE_KEYS.secondTiming(SPACE), timing(frame));
  say(50);
  clock.advance(6_000);
  line.look();
  expect(told.at(-1)).toEqual(["first", 50]);
  clock.advance(5_000);
  line.look();
  expect(told.at(-1)).toEqual(["first", undefined]);
  say(600);
  expect(told.at(-1)).toEqual(["first", 600]);
  line.forgetOther();
  expect(told.at(-1)).toEqual(["first", undefined]);
});

it("hears nothing any more once it's closed", () => {
  line.take("second", 3);
  line.close();
  told = [];
  other.tell(STATE_KEYS.timing(SPACE), timing(50));
  expect(told).toEqual([]);
});
