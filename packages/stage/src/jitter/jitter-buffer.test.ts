import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JitterBuffer, MAX_BUFFERED_PACKETS, type MediaPacket } from "./jitter-buffer.ts";

function packet(sequence: number): MediaPacket {
  return { sequence, timestamp: sequence * 960, samples: 960, payload: Uint8Array.of(0) };
}

function takeAll(buffer: JitterBuffer): number[] {
  const taken: number[] = [];
  for (let next = buffer.take(); next !== undefined; next = buffer.take()) {
    taken.push(next.sequence);
  }
  return taken;
}

describe("the jitter buffer", () => {
  test("puts packets back in order and drops copies", () => {
    const buffer = new JitterBuffer();
    const results = [3, 1, 2, 1, 3].map((sequence) => buffer.push(packet(sequence)));
    expect(results).toEqual(["stored", "stored", "stored", "duplicate", "duplicate"]);
    expect(takeAll(buffer)).toEqual([1, 2, 3]);
  });

  test("refuses what is older than what was played", () => {
    const buffer = new JitterBuffer();
    buffer.push(packet(5));
    buffer.take();
    expect(buffer.push(packet(5))).toBe("late");
    expect(buffer.push(packet(4))).toBe("late");
    expect(buffer.push(packet(6))).toBe("stored");
  });

  test("lets the oldest go at its bound, and says so", () => {
    const buffer = new JitterBuffer();
    for (let sequence = 0; sequence < MAX_BUFFERED_PACKETS; sequence += 1) {
      expect(buffer.push(packet(sequence))).toBe("stored");
    }
    expect(buffer.push(packet(MAX_BUFFERED_PACKETS))).toBe("overflow");
    expect(buffer.length).toBe(MAX_BUFFERED_PACKETS);
    expect(buffer.take()?.sequence).toBe(1);
  });

  test("gives ever newer packets and stays within its bound, whatever comes and when", () => {
    const event = fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: 0, max: 400 }) },
      { weight: 2, arbitrary: fc.constant("take" as const) },
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 600 }), (events) => {
        const buffer = new JitterBuffer();
        let last = -1;
        for (const next of events) {
          if (next !== "take") buffer.push(packet(next));
          else {
            const taken = buffer.take();
            if (taken === undefined) continue;
            expect(taken.sequence).toBeGreaterThan(last);
            last = taken.sequence;
          }
          expect(buffer.length).toBeLessThanOrEqual(MAX_BUFFERED_PACKETS);
        }
      }),
    );
  });

  test("loses nothing that came while there was room, in any order and with any copies", () => {
    const shuffled = fc
      .shuffledSubarray(Array.from({ length: 100 }, (_, index) => index))
      .chain((once) =>
        fc.array(fc.constantFrom(0, ...once), { maxLength: 30 }).map((again) => ({ once, again })),
      );
    fc.assert(
      fc.property(shuffled, ({ once, again }) => {
        const buffer = new JitterBuffer();
        for (const sequence of [...once, ...again]) buffer.push(packet(sequence));
        expect(takeAll(buffer)).toEqual([...new Set([...once, ...again])].sort((a, b) => a - b));
      }),
    );
  });
});
