import { VirtualClock } from "@rostra/testkit";
import type { ProgramFrame } from "@rostra/wire";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { GapFiller } from "./gap-filler.ts";

function frames(from: number, to: number): ProgramFrame[] {
  return Array.from({ length: to - from + 1 }, (_, i) => ({
    number: from + i,
    packet: Uint8Array.of(1),
    holding: false,
  }));
}

let clock: VirtualClock;
let asked: [number, number][];
let out: number[];
let late: number;
let answer: (frames: readonly ProgramFrame[]) => void;
let fail: () => void;
let filler: GapFiller;

beforeEach(() => {
  clock = new VirtualClock(0);
  asked = [];
  out = [];
  late = 0;
  filler = new GapFiller({
    clock,
    random: () => 0.5,
    fetchFrames: (from, to) => {
      asked.push([from, to]);
      return new Promise((resolve, reject) => {
        answer = resolve;
        fail = () => reject(new Error("offline"));
      });
    },
    out: (chunk, live) => {
      out.push(...chunk.map(({ number }) => number));
      if (!live) late += chunk.length;
    },
  });
});

const numbers = (from: number, to: number) => frames(from, to).map(({ number }) => number);
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("GapFiller", () => {
  it("hands on at once what follows what was there", () => {
    filler.push(frames(100, 149), false);
    filler.push(frames(150, 154), true);
    expect(out).toEqual(numbers(100, 154));
    expect(clock.pending).toBe(0);
  });

  it("asks for what was left out, and keeps the order", async () => {
    filler.push(frames(0, 4), true);
    filler.push(frames(55, 59), true);
    filler.push(frames(60, 64), true);
    expect(out).toEqual(numbers(0, 4));
    clock.advance(150);
    expect(asked).toEqual([[5, 54]]);
    answer(frames(5, 54));
    await settled();
    expect(out).toEqual(numbers(0, 64));
    expect(late).toBe(50);
    expect(clock.pending).toBe(0);
  });

  it("fills one gap after the other", async () => {
    filler.push(frames(0, 4), true);
    filler.push(frames(10, 14), true);
    filler.push(frames(20, 24), true);
    clock.advance(150);
    answer(frames(5, 9));
    await settled();
    clock.advance(150);
    expect(asked).toEqual([
      [5, 9],
      [15, 19],
    ]);
    answer(frames(15, 19));
    await settled();
    expect(out).toEqual(numbers(0, 24));
  });

  it.each(["nobody answers", "there is no way to ask", "it isn't held any more"])(
    "goes on with the gap where %s",
    async (why) => {
      filler.push(frames(0, 4), true);
      filler.push(frames(10, 14), true);
      clock.advance(150);
      if (why === "there is no way to ask") fail();
      else if (why === "it isn't held any more") answer([]);
      else clock.advance(4_000);
      await settled();
      expect(out).toEqual([...numbers(0, 4), ...numbers(10, 14)]);
    },
  );

  it("hands on an answer that comes too late to nobody", async () => {
    filler.push(frames(0, 4), true);
    filler.push(frames(10, 14), true);
    clock.advance(5_000);
    answer(frames(5, 9));
    await settled();
    expect(out).toEqual([...numbers(0, 4), ...numbers(10, 14)]);
  });

  it("begins anew where sound does", () => {
    filler.push(frames(0, 4), true);
    filler.push(frames(10, 14), true);
    filler.reset();
    filler.push(frames(500, 549), false);
    expect(out).toEqual([...numbers(0, 4), ...numbers(500, 549)]);
    expect(clock.pending).toBe(0);
  });

  it("holds back no more than one request may bring", () => {
    filler.push(frames(0, 4), true);
    filler.push(frames(10, 14), true);
    for (let first = 15; first < 3_100; first += 50) filler.push(frames(first, first + 49), true);
    expect(out.length).toBeGreaterThan(2_900);
  });

  it("never changes the order or says anything twice", async () => {
    const aStep = fc.record({
      skip: fc.nat(20),
      length: fc.integer({ min: 1, max: 30 }),
      waitMs: fc.nat(500),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(aStep, { maxLength: 30 }), async (steps) => {
        const heard: number[] = [];
        const virtual = new VirtualClock(0);
        const whole = new GapFiller({
          clock: virtual,
          random: () => 0.9,
          fetchFrames: async (from, to) => frames(from, to),
          out: (chunk) => heard.push(...chunk.map(({ number }) => number)),
        });
        let next = 0;
        for (const [i, { skip, length, waitMs }] of steps.entries()) {
          const first = next + (i === 0 ? 0 : skip);
          next = first + length;
          whole.push(frames(first, next - 1), true);
          await virtual.advanceSettling(waitMs, 100);
        }
        // Each gap that is left takes one question.
        await virtual.advanceSettling(steps.length * 400 + 400, 100);
        expect(heard).toEqual(next === 0 ? [] : numbers(0, next - 1));
      }),
      { numRuns: 30 },
    );
  });
});
