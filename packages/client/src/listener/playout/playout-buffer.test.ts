import type { ProgramFrame } from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PlayoutBuffer } from "./playout-buffer.ts";

function frame(number: number): ProgramFrame {
  return { number, packet: Uint8Array.of(0xf8, number & 0xff), holding: false };
}

/** Everything that the buffer hands out, gaps passed one number at a time. */
function drain(buffer: PlayoutBuffer): number[] {
  const numbers: number[] = [];
  for (let next = buffer.peek(); next !== undefined; next = buffer.peek()) {
    if (next.kind === "frame") numbers.push(next.frame.number);
    buffer.advance();
  }
  return numbers;
}

describe("PlayoutBuffer", () => {
  it("hands out frames in the order of their numbers", () => {
    const buffer = new PlayoutBuffer();
    for (const number of [10, 12, 11]) buffer.push(frame(number));
    expect(drain(buffer)).toEqual([10, 11, 12]);
  });

  it("names a gap and where it ends", () => {
    const buffer = new PlayoutBuffer();
    for (const number of [5, 8, 9]) buffer.push(frame(number));
    buffer.advance();
    expect(buffer.peek()).toEqual({ kind: "gap", number: 6, until: 8 });
  });

  it("waits, rather than seeing a gap, where nothing later is at hand", () => {
    const buffer = new PlayoutBuffer();
    buffer.push(frame(5));
    buffer.advance();
    expect(buffer.peek()).toBeUndefined();
    expect(buffer.nextNumber).toBe(6);
  });

  it("takes an empty packet for a lost frame", () => {
    const buffer = new PlayoutBuffer();
    buffer.push(frame(1));
    expect(buffer.push({ number: 2, packet: new Uint8Array(0), holding: false })).toBe(false);
    buffer.push(frame(3));
    buffer.advance();
    expect(buffer.peek()).toEqual({ kind: "gap", number: 2, until: 3 });
  });

  it("refuses what it has, and what was played", () => {
    const buffer = new PlayoutBuffer();
    expect(buffer.push(frame(1))).toBe(true);
    expect(buffer.push(frame(1))).toBe(false);
    buffer.advance();
    expect(buffer.push(frame(1))).toBe(false);
  });

  it("lets the oldest go when it is full", () => {
    const buffer = new PlayoutBuffer(3);
    for (const number of [1, 2, 3, 4, 5]) buffer.push(frame(number));
    expect(buffer.size).toBe(3);
    expect(buffer.overflowed).toBe(2);
    expect(drain(buffer)).toEqual([3, 4, 5]);
  });

  it("jumps over any distance at once", () => {
    const buffer = new PlayoutBuffer();
    buffer.push(frame(1));
    buffer.push(frame(2 ** 50));
    buffer.skipTo(2 ** 50);
    expect(buffer.size).toBe(1);
    expect(buffer.peek()).toMatchObject({ kind: "frame", frame: { number: 2 ** 50 } });
  });

  it("hands out each number at most once, ascending, whatever comes in and whenever", () => {
    const step = fc.oneof(
      fc.record({ push: fc.array(fc.nat(400), { maxLength: 30 }) }),
      fc.record({ take: fc.nat(40) }),
      fc.record({ skip: fc.nat(420) }),
    );
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 1, max: 50 }),
        (steps, capacity) => {
          const buffer = new PlayoutBuffer(capacity);
          const played: number[] = [];
          for (const action of steps) {
            if ("push" in action) for (const number of action.push) buffer.push(frame(number));
            else if ("skip" in action) buffer.skipTo(action.skip);
            else {
              for (let count = 0; count < action.take; count += 1) {
                const next = buffer.peek();
                if (next?.kind === "frame") played.push(next.frame.number);
                if (next?.kind === "gap") expect(next.until).toBeGreaterThan(next.number);
                buffer.advance();
              }
            }
            expect(buffer.size).toBeLessThanOrEqual(capacity);
          }
          for (let i = 1; i < played.length; i += 1)
            expect(played[i]).toBeGreaterThan(played[i - 1]!);
        },
      ),
    );
  });
});
