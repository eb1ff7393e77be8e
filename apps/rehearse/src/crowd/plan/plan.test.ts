import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CrowdOptions, PROTOCOLS, parseOptions } from "./options.ts";
import { planCrowd, rampMs, startOf } from "./plan.ts";
import { deal, shuffle } from "./spread.ts";

const MACHINE = { cores: 2, descriptors: 20_000 };

function options(text = "", host = "127.0.0.1"): CrowdOptions {
  const link = `http://${host}:7070/s/0123456789abcdef`;
  const parsed = parseOptions([link, ...text.split(" ").filter((word) => word !== "")]);
  if (parsed === "help") throw new TypeError("no help was asked for");
  return parsed;
}

/** How many of each value there are. */
function counts(values: Iterable<number>): Record<number, number> {
  const found: Record<number, number> = {};
  for (const value of values) found[value] = (found[value] ?? 0) + 1;
  return found;
}

describe("dealing places to classes", () => {
  it("gives each class its share in any beginning, less than one off for two classes", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, share) => {
          const dealt = deal(n, [share, 1 - share]);
          let first = 0;
          for (const [at, value] of dealt.entries()) {
            if (value === 0) first += 1;
            expect(Math.abs(first - share * (at + 1))).toBeLessThanOrEqual(1);
          }
        },
      ),
    );
  });

  it("gives nothing to a class without a share", () => {
    expect(counts(deal(100, [0.5, 0, 0.5]))).toEqual({ 0: 50, 2: 50 });
  });

  it("shuffles without losing any, the same each time", () => {
    const values = deal(1_000, [0.9, 0.1]);
    const shuffled = shuffle(Uint8Array.from(values));
    expect(counts(shuffled)).toEqual(counts(values));
    expect(shuffled).not.toEqual(values);
    expect(shuffle(Uint8Array.from(values))).toEqual(shuffled);
  });
});

describe("the plan of a crowd", () => {
  it("is one process where few come, one a core for more, and more where they don't fit", () => {
    expect(planCrowd(options("--listeners 500"), MACHINE)).toHaveLength(1);
    expect(planCrowd(options("--listeners 18000"), MACHINE)).toHaveLength(2);
    expect(planCrowd(options("--listeners 72000"), MACHINE)).toHaveLength(4);
    expect(planCrowd(options("--listeners 4000 --processes 3"), MACHINE)).toHaveLength(3);
    expect(planCrowd(options("--listeners 900"), { cores: 2, descriptors: 500 })).toHaveLength(3);
    expect(planCrowd(options("--listeners 2 --processes 9"), MACHINE)).toHaveLength(2);
  });

  it("has everyone exactly once, whatever the number of processes", () => {
    for (const count of [1, 2, 3, 7]) {
      const plan = planCrowd(options(`--listeners 1000 --processes ${count}`), MACHINE);
      const starts = plan.flatMap((process) => [...process.startsMs]).sort((a, b) => a - b);
      expect(starts).toEqual(Array.from({ length: 1_000 }, (_, at) => at * 10));
    }
  });

  it("lets a steady ramp begin at once and end with the last, a storm come all at once", () => {
    const steady = options("--listeners 100 --ramp steady:20");
    expect([rampMs(steady), startOf(steady, 0), startOf(steady, 99)]).toEqual([20_000, 0, 19_800]);
    const storm = options("--listeners 100 --ramp storm");
    expect([rampMs(storm), startOf(storm, 99)]).toEqual([0, 0]);
  });

  it("mixes protocols and behaviours as asked, and not in step", () => {
    const text = "--listeners 1000 --protocol ws:50,ogg:50 --thin 0.5 --decode 0";
    const [process] = planCrowd(options(text), { cores: 1, descriptors: 20_000 });
    expect(counts(process!.protocols)).toEqual({ 0: 500, 1: 500 });
    expect(counts(process!.behaviours)).toEqual({ 0: 500, 1: 500 });
    const thinOverWs = process!.behaviours.filter(
      (it, at) => it === 1 && process!.protocols[at] === 0,
    );
    expect(thinOverWs.length).toBeGreaterThan(150);
    expect(thinOverWs.length).toBeLessThan(350);
  });

  it("takes the sample from all protocols, and none of those in the way", () => {
    const text = "--listeners 100 --protocol ws:96,ogg:2,hls:2 --thin 0.2 --slow 0.2 --decode 12";
    const plan = planCrowd(options(text), MACHINE);
    const byProtocol = PROTOCOLS.map(
      (_, protocol) =>
        plan.flatMap((process) =>
          [...process.decodes].filter((it, at) => {
            if (it === 1) expect(process.behaviours[at]).toBe(0);
            return it === 1 && process.protocols[at] === protocol;
          }),
        ).length,
    );
    expect(byProtocol.reduce((sum, count) => sum + count, 0)).toBe(12);
    expect(byProtocol[0]).toBeGreaterThanOrEqual(8);
  });

  it("has as many in the sample as asked, as far as there are any", () => {
    const size = fc.integer({ min: 1, max: 300 });
    fc.assert(
      fc.property(
        size,
        size,
        fc.constantFrom("ws", "ws,ogg", "ws:5,ogg:2,hls:1"),
        (all, some, mix) => {
          const text = `--listeners ${all} --decode ${some} --protocol ${mix}`;
          const plan = planCrowd(options(text), MACHINE);
          const chosen = plan.reduce((sum, { decodes }) => sum + (counts(decodes)[1] ?? 0), 0);
          expect(chosen).toBe(Math.min(all, some));
        },
      ),
    );
  });

  it("shares the sample out to the processes", () => {
    for (const count of [2, 3, 4]) {
      const text = `--listeners 4000 --decode 40 --processes ${count}`;
      for (const process of planCrowd(options(text), MACHINE)) {
        expect(counts(process.decodes)[1]).toBeGreaterThan(40 / count / 2);
      }
    }
  });

  it("comes from several addresses on loopback, shared out to the processes", () => {
    const plan = planCrowd(options("--listeners 18000 --addresses 4"), MACHINE);
    expect(plan.map((process) => process.addresses)).toEqual([
      ["127.0.0.1", "127.0.0.3"],
      ["127.0.0.2", "127.0.0.4"],
    ]);
    for (const process of planCrowd(
      options("--listeners 9 --processes 3 --addresses 2"),
      MACHINE,
    )) {
      expect(process.addresses.length).toBeGreaterThan(0);
    }
    const many = planCrowd(options("--listeners 72000"), MACHINE);
    expect(new Set(many.flatMap((process) => process.addresses)).size).toBe(72);
  });

  it("comes from wherever the system likes elsewhere", () => {
    expect(planCrowd(options("", "example.org"), MACHINE)[0]!.addresses).toEqual([]);
  });
});
