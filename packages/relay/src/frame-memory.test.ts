import { HoldingTables, LIMITS, newSpaceId, type ProgramFrame } from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameMemory, SpaceMemory } from "./frame-memory.ts";

/** What a memory is, without thrift: the newest frame of each slot. */
class Model {
  readonly slots = new Map<number, ProgramFrame>();
  readonly #capacity: number;
  latest = -1;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  has(number: number): boolean {
    return (this.slots.get(number % this.#capacity)?.number ?? -1) >= number;
  }

  add(frame: ProgramFrame): boolean {
    if (this.has(frame.number)) return false;
    this.slots.set(frame.number % this.#capacity, frame);
    this.latest = Math.max(this.latest, frame.number);
    return true;
  }

  range(from: number, to: number): ProgramFrame[] {
    return [...this.slots.values()]
      .filter(({ number }) => number >= from && number <= to)
      .filter(({ number }) => number > this.latest - this.#capacity)
      .sort((a, b) => a.number - b.number)
      .slice(0, LIMITS.chunkFrames);
  }
}

/** Frame `number` of a loop of seven, as its own bytes within others. */
function held(number: number, hasThin = true): ProgramFrame {
  const bytes = new Uint8Array(1_000).fill(number % 7);
  const frame = { number, packet: bytes.subarray(10, 90), holding: true };
  return hasThin ? { ...frame, thin: bytes.subarray(90, 130) } : frame;
}

const packet = fc.uint8Array({ maxLength: 6 });
const sound = fc.oneof(
  fc.record({ packet, holding: fc.boolean() }),
  fc.record({ packet, thin: packet, holding: fc.boolean() }),
  fc.constant("loop" as const),
  fc.constant("thick loop" as const),
);
/** Runs, so that laps are filled; with leaps near and far, either way. */
const run = fc.record({
  leap: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: -40, max: 60 }) },
    { weight: 2, arbitrary: fc.integer({ min: -3_000, max: 3_000 }) },
    { weight: 1, arbitrary: fc.constantFrom(-1e9, 1e9, 1e14) },
  ),
  count: fc.oneof(fc.nat(8), fc.constant(300)),
  sounds: fc.array(sound, { minLength: 1, maxLength: 5 }),
});

describe("the memory of a space", () => {
  it("answers as if it kept the frames themselves, whatever they are and however they come", () => {
    const capacity = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(512, 700, 1_100));
    fc.assert(
      fc.property(capacity, fc.array(run, { maxLength: 12 }), (frames, runs) => {
        const memory = new SpaceMemory(new HoldingTables(), frames);
        const model = new Model(frames);
        let next = 0;
        for (const { leap, count, sounds } of runs) {
          next = Math.max(0, next + leap);
          if (next > 2e15) next = 0;
          const from = next;
          for (let at = 0; at < count; at += 1, next += 1) {
            const frame = frameOf(next, sounds[at % sounds.length]!);
            if (memory.has(next) !== model.has(next)) throw new Error(`has ${next}`);
            if (memory.add(frame) !== model.add(frame)) throw new Error(`add ${next}`);
          }
          expect(memory.latest).toBe(model.latest);
          const newest = model.latest;
          expect(memory.range(from - 20, next + 20)).toStrictEqual(
            model.range(from - 20, next + 20),
          );
          expect(memory.range(newest - 60, newest)).toStrictEqual(model.range(newest - 60, newest));
        }
      }),
    );
  });

  it("keeps ever new holding sound, too, however much there is", () => {
    const memory = new SpaceMemory();
    const fresh = (number: number) => {
      const bytes = new Uint8Array(new Uint32Array([number]).buffer);
      return { number, packet: bytes, holding: true };
    };
    for (let number = 0; number < 10_000; number += 1) memory.add(fresh(number));
    for (const from of [0, 4_000, 9_990]) {
      const expected = Array.from({ length: 10 }, (_, at) => fresh(from + at));
      expect(memory.range(from, from + 9)).toEqual(expected);
    }
  });
});

function frameOf(number: number, what: "loop" | "thick loop" | Omit<ProgramFrame, "number">) {
  return typeof what === "string" ? held(number, what === "loop") : { number, ...what };
}

describe("the memory of all spaces", () => {
  it("keeps a packet of the holding sound once, and not what it was read with", () => {
    const memory = new FrameMemory();
    const spaces = [newSpaceId(), newSpaceId()];
    for (const space of spaces) for (let n = 0; n < 21; n += 1) memory.of(space).add(held(n));
    const packets = spaces.flatMap((space) => memory.range(space, 0, 20)).map((it) => it.packet);
    expect(new Set(packets).size).toBe(7);
    expect(packets[0]!.buffer.byteLength).toBe(80);
  });

  it("keeps of sound no more than its bytes, those of many frames together", () => {
    const memory = new FrameMemory();
    const space = newSpaceId();
    for (let n = 0; n < 60; n += 1) memory.of(space).add({ ...held(n), holding: false });
    const buffers = new Set(memory.range(space, 0, 59).map((it) => it.packet.buffer));
    const bytes = [...buffers].reduce((sum, it) => sum + it.byteLength, 0);
    expect(buffers.size).toBe(1);
    expect(bytes).toBeLessThan(2 * 60 * 120);
  });

  it("forgets a space", () => {
    const memory = new FrameMemory();
    const space = newSpaceId();
    memory.of(space).add(held(5));
    memory.forget(space);
    expect(memory.latest(space)).toBeUndefined();
    expect(memory.range(space, 0, 9)).toEqual([]);
  });
});
