import { describe, expect, test } from "vitest";
import { StallMemory } from "./stall-memory.ts";

/** A stall that ends at `atMs`: eight packets at once, the first the latest. */
function stall(memory: StallMemory, atMs: number, lateMs: number): boolean[] {
  return Array.from({ length: 8 }, (_, index) =>
    memory.observe(atMs + index * 0.2, lateMs - index * 20),
  );
}

describe("a stall", () => {
  test("that comes alone asks for no more delay", () => {
    const memory = new StallMemory();
    stall(memory, 1_000, 150);
    expect(memory.recurringMs(2_000)).toBe(0);
  });

  test("that comes again asks for as much as the second longest took", () => {
    const memory = new StallMemory();
    stall(memory, 1_000, 150);
    stall(memory, 5_000, 120);
    expect(memory.recurringMs(6_000)).toBe(120);
  });

  test("is forgotten after twenty seconds", () => {
    const memory = new StallMemory();
    stall(memory, 1_000, 150);
    stall(memory, 5_000, 120);
    expect(memory.recurringMs(22_000)).toBe(0);
  });

  test("is one event: its packets are told from the first", () => {
    const memory = new StallMemory();
    expect(stall(memory, 1_000, 150)).toEqual([false, ...Array.from({ length: 7 }, () => true)]);
  });

  test("isn't seen in jitter, where late packets come alone", () => {
    const memory = new StallMemory();
    for (let index = 0; index < 500; index += 1) {
      memory.observe(index * 20 + (index % 2) * 12, 100);
    }
    expect(memory.recurringMs(10_000)).toBe(0);
  });
});
