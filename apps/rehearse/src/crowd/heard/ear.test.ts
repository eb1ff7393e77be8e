import { describe, expect, it } from "vitest";
import { Ear } from "./ear.ts";

const packets = (count: number) => Array.from({ length: count }, (_, at) => Uint8Array.of(at));

describe("an ear", () => {
  it("hands over what it heard, in order and once", () => {
    const ear = new Ear("ws");
    ear.take(100, packets(5));
    ear.take(105, packets(5));
    expect(ear.takeUpTo(102).map((frame) => frame.number)).toEqual([100, 101, 102]);
    expect(ear.takeUpTo(500).map((frame) => frame.number)).toEqual([
      103, 104, 105, 106, 107, 108, 109,
    ]);
    expect(ear.takeUpTo(500)).toEqual([]);
    expect([ear.frames, ear.missing, ear.repeated, ear.newest]).toEqual([10, 0, 0, 109]);
  });

  it("counts what was jumped over and what came again", () => {
    const ear = new Ear("ws");
    ear.take(100, packets(5));
    ear.take(110, packets(5));
    ear.take(112, packets(5));
    expect([ear.frames, ear.missing, ear.repeated]).toEqual([12, 5, 3]);
  });

  it("takes the second that a newcomer is given for no repetition", () => {
    const ear = new Ear("ogg");
    ear.take(100, packets(50));
    ear.connected(false);
    ear.take(120, packets(10));
    ear.take(130, packets(40));
    ear.take(165, packets(10));
    expect([ear.frames, ear.missing, ear.repeated]).toEqual([75, 0, 5]);
  });

  it("holds a listener who resumes to every number", () => {
    const ear = new Ear("ws");
    ear.connected(false);
    ear.take(100, packets(50));
    ear.connected(true);
    ear.take(149, packets(10));
    expect([ear.missing, ear.repeated]).toEqual([0, 1]);
  });

  it("keeps a copy: the bytes it was given are used again", () => {
    const ear = new Ear("ws");
    const shared = Uint8Array.of(1);
    ear.take(1, [shared]);
    shared[0] = 2;
    expect(ear.takeUpTo(1)[0]!.packet).toEqual(Uint8Array.of(1));
  });

  it("holds a bounded number of frames, and says how many it let go", () => {
    const ear = new Ear("ws");
    for (let n = 0; n < 40; n += 1) ear.take(n * 100, packets(100));
    expect(ear.overflowed).toBe(1_000);
    expect(ear.takeUpTo(1e9)).toHaveLength(3_000);
  });
});
