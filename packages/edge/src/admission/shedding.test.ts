import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Pressure, SHED_ORDER, Shedding } from "./shedding.ts";

const CALM: Pressure = { utilisation: 0.3, memory: 0.3, listeners: 0.5 };
const busy = (utilisation: number): Pressure => ({ ...CALM, utilisation });

const shed = (shedding: Shedding) => SHED_ORDER.filter((what) => shedding.sheds(what));

function updated(...pressures: Pressure[]): Shedding {
  const shedding = new Shedding();
  for (const pressure of pressures) shedding.update(pressure);
  return shedding;
}

describe("shedding", () => {
  it("lets go of nothing while there is room, a full house included", () => {
    expect(shed(updated(CALM, { ...CALM, listeners: 1 }, busy(0.84)))).toEqual([]);
  });

  it("lets go of reactions first, then the people list, then counts, then notices", () => {
    const shedding = new Shedding();
    const order = SHED_ORDER.map(() => {
      shedding.update(busy(1));
      return shed(shedding);
    });
    expect(order).toEqual([
      ["reactions"],
      ["reactions", "people"],
      ["reactions", "people", "counts"],
      ["reactions", "people", "counts", "notices"],
    ]);
    expect(shedding.update(busy(1))).toBe(false);
  });

  it("goes only as far as the pressure asks", () => {
    const pressed = busy(0.91);
    expect(shed(updated(pressed, pressed, pressed, pressed))).toEqual(["reactions", "people"]);
  });

  it.each([
    ["memory", { ...CALM, memory: 0.91 }],
    ["listeners over the mark", { ...CALM, listeners: 1.03 }],
  ])("is pressed by %s as well", (_, pressure) => {
    expect(shed(updated(pressure))).toEqual(["reactions"]);
  });

  it("takes a thing back after five calm seconds, the last one first", () => {
    const shedding = updated(busy(1), busy(1));
    const changes = Array.from({ length: 10 }, () => shedding.update(CALM));
    expect(changes.indexOf(true)).toBe(4);
    expect(changes.lastIndexOf(true)).toBe(9);
    expect(shedding.level).toBe(0);
  });

  it("doesn't swing where the pressure stands just below a step", () => {
    const shedding = updated(busy(0.86));
    for (let second = 0; second < 100; second += 1) shedding.update(busy(0.83));
    expect(shed(shedding)).toEqual(["reactions"]);
  });

  it("always lets go of a front part of the order, one at a time", () => {
    const share = fc.double({ min: 0, max: 2, noNaN: true });
    const pressures = fc.array(fc.record({ utilisation: share, memory: share, listeners: share }));
    fc.assert(
      fc.property(pressures, (seconds) => {
        const shedding = new Shedding();
        for (const pressure of seconds) {
          const before = shedding.level;
          const changed = shedding.update(pressure);
          expect(Math.abs(shedding.level - before)).toBe(changed ? 1 : 0);
          expect(shed(shedding)).toEqual(SHED_ORDER.slice(0, shedding.level));
        }
      }),
    );
  });
});
