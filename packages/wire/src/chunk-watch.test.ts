import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ChunkWatch } from "./chunk-watch.ts";
import { FRAME_MS } from "./frame.ts";

const CADENCES = [100, 200, 500, 1_000] as const;
/** The least that a chunk must be late by. */
const GRACE_MS = 120;
/** At first nothing is called late for so long. */
const PROVEN_MS = 1_500;

/** Chunks of one length, each so many ms after its last frame ended. @returns the last one's end, ms */
function arrivals(watch: ChunkWatch, cadenceMs: number, lateMs: readonly number[]): number {
  let endMs = 0;
  for (const late of lateMs) {
    endMs += cadenceMs;
    watch.arrived(endMs / FRAME_MS - 1, endMs + late, true);
  }
  return endMs;
}

describe("a watch for chunks that are late", () => {
  it("calls late what comes after the latest by more than 80 ms where a link waits elsewhere, however links wobble", () => {
    const watch = new ChunkWatch(200);
    const lateMs = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? 5 : 605));
    const endMs = arrivals(watch, 200, lateMs);
    const latestMs = endMs + 200 + 605;
    expect([watch.lateAtMs(0, true), watch.lateAtMs(1, true)]).toEqual([
      latestMs + 80,
      latestMs + 100,
    ]);
    expect(watch.lateAtMs(0)).toBe(latestMs + 300);
  });

  it("never calls late what is as late as anything that came before", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CADENCES),
        fc.array(fc.integer({ min: 5, max: 400 }), { minLength: 3, maxLength: 60 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (cadenceMs, lateMs, random) => {
          const watch = new ChunkWatch(cadenceMs);
          const endMs = arrivals(watch, cadenceMs, lateMs);
          const dueMs =
            endMs + cadenceMs + Math.max(...lateMs.slice(-Math.floor(10_000 / cadenceMs)));
          expect(watch.lateAtMs(random)).toBeGreaterThanOrEqual(dueMs + GRACE_MS);
          // And it doesn't sleep: half of what the link wobbles by, and a random little, are all.
          const mostMs = Math.max(PROVEN_MS + cadenceMs, endMs) + cadenceMs + 860;
          expect(watch.lateAtMs(random)).toBeLessThanOrEqual(mostMs);
        },
      ),
    );
  });

  it("tells by how much the last chunk was later than the earliest, of those that came as they were made", () => {
    const watch = new ChunkWatch(200);
    const endMs = arrivals(watch, 200, [300, 10]);
    expect(watch.lateMs).toBe(0);
    watch.arrived((endMs + 200) / FRAME_MS - 1, endMs + 200 + 330, true);
    expect(watch.lateMs).toBe(320);
    watch.arrived((endMs + 400) / FRAME_MS - 1, endMs + 400 + 330, false);
    expect(watch.lateMs).toBe(0);
  });

  it("says nothing before it has seen a few chunks, nor at first on another link", () => {
    const watch = new ChunkWatch(100);
    watch.arrived(50, 5_000, false);
    arrivals(watch, 100, [5, 5]);
    expect(watch.lateAtMs(0)).toBe(Number.POSITIVE_INFINITY);
    arrivals(watch, 100, [5, 5, 5]);
    expect(watch.lateAtMs(0)).toBe(105 + PROVEN_MS);
    watch.begin();
    expect(watch.lateAtMs(0)).toBe(Number.POSITIVE_INFINITY);
  });

  it("knows within a second that chunks are later for good, and doesn't call each of them late", () => {
    const watch = new ChunkWatch(100);
    const late = [...Array(30).fill(10), ...Array(6).fill(2_010)];
    const endMs = arrivals(watch, 100, late);
    expect(watch.lateAtMs(0)).toBe(endMs + 100 + 2_010 + GRACE_MS);
  });

  it("forgets an outage that is caught up", () => {
    const watch = new ChunkWatch(100);
    const late = [...Array(30).fill(10), 3_000, 2_800, 2_600, 2_400, 2_200, 1_900, 1_500, 10];
    const endMs = arrivals(watch, 100, late);
    expect(watch.lateAtMs(0)).toBe(endMs + 100 + 10 + GRACE_MS);
  });

  it("waits for the longest of what may come while the length changes", () => {
    const watch = new ChunkWatch(100);
    const endMs = arrivals(watch, 100, Array(20).fill(10));
    const lateBy = (lengthMs: number) => watch.lateAtMs(0) - (endMs + lengthMs + 10);
    expect(lateBy(100)).toBe(GRACE_MS);
    watch.setCadence(500, endMs / FRAME_MS + 250);
    expect(lateBy(500)).toBe(GRACE_MS);
    watch.setCadence(200, endMs / FRAME_MS);
    expect(lateBy(500)).toBe(GRACE_MS);
    for (const lastFrame of [109, 119, 129])
      watch.arrived(lastFrame, (lastFrame + 1) * 20 + 10, true);
    expect(watch.lateAtMs(0)).toBe(2_600 + 200 + 10 + GRACE_MS);
  });

  it("forgets a bad moment after twenty seconds, and plans for no outage", () => {
    const watch = new ChunkWatch(100);
    arrivals(watch, 100, [...Array(20).fill(10), 600, 10]);
    expect(watch.lateAtMs(0)).toBe(2_300 + 600 + 295);
    const endMs = arrivals(watch, 100, Array(250).fill(10));
    expect(watch.lateAtMs(0)).toBe(endMs + 100 + 10 + GRACE_MS);
    watch.arrived(endMs / FRAME_MS + 4, endMs + 5_000, true);
    expect(watch.lateAtMs(0)).toBe(endMs + 200 + 10 + GRACE_MS);
  });
});
