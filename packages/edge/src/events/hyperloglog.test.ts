import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countHls, HlsAudience } from "./hls-audience.ts";
import { HyperLogLog } from "./hyperloglog.ts";

function sketchOf(items: Iterable<string>): HyperLogLog {
  const sketch = new HyperLogLog();
  for (const item of items) sketch.add(item);
  return sketch;
}

function names(count: number, prefix = ""): string[] {
  return Array.from({ length: count }, (_, at) => `${prefix}${at}`);
}

describe("a sketch of who was there", () => {
  it.each([0, 1, 10, 300, 2_000, 30_000])("counts %i within four standard errors", (count) => {
    // 4 x 3.25%: one in 16,000 sets of names would be further off.
    const off = Math.abs(sketchOf(names(count, "player ")).count() - count);
    expect(off).toBeLessThanOrEqual(Math.max(1, count * 0.13));
  });

  it("counts nobody twice, in whichever order they come and whoever saw them", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string()), (one, two) => {
        const merged = sketchOf(one);
        merged.merge(sketchOf(two));
        expect(merged.toBase64()).toBe(sketchOf([...two, ...one, ...one]).toBase64());
      }),
    );
  });

  it("comes back from its text, and from no other", () => {
    const sketch = sketchOf(names(50));
    expect(HyperLogLog.fromBase64(sketch.toBase64())?.count()).toBe(sketch.count());
    expect(HyperLogLog.fromBase64("AAAA")).toBeUndefined();
  });
});

describe("players of HLS", () => {
  it("are told for the last five to ten seconds, and no longer", () => {
    const audience = new HlsAudience();
    audience.saw("192.0.2.1", "a player", 1_000);
    audience.saw("192.0.2.2", "a player", 4_000);
    audience.turn(6_000);
    expect(countHls([audience.sketch()])).toBe(2);
    audience.turn(11_000);
    expect(audience.sketch()).toBeNull();
  });

  it("who fetch from two edges count once", () => {
    const [one, two] = [new HlsAudience(), new HlsAudience()];
    for (const audience of [one, two]) audience.saw("192.0.2.1", "a player", 1_000);
    two.saw("192.0.2.1", "another player", 1_000);
    expect(countHls([one.sketch(), two.sketch(), null, "rubbish"])).toBe(2);
  });
});
