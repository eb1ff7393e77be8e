import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CADENCES_MS, type CadenceChange, CadencePolicy } from "./cadence-policy.ts";

const ALONE = { machine: 0, listeners: 0 };

/** A second passes for each utilisation given. */
function live(
  policy: CadencePolicy,
  from: number,
  utilisations: readonly number[],
  lateMs = 1,
  { machine, listeners } = ALONE,
) {
  const changes: (CadenceChange & { atS: number })[] = [];
  utilisations.forEach((utilisation, index) => {
    const change = policy.sample(
      { utilisation, lateMs, machine, listeners },
      (from + index) * 1_000,
    );
    if (change !== undefined) changes.push({ ...change, atS: from + index });
  });
  return changes;
}

const seconds = (count: number, utilisation: number) => Array<number>(count).fill(utilisation);

describe("the cadence", () => {
  it("gets longer step by step, with time between for each to take effect", () => {
    const changes = live(new CadencePolicy(), 0, seconds(40, 0.8));
    expect(changes.map((it) => it.cadenceMs)).toEqual([200, 500, 1_000]);
    expect(changes.every((it) => !it.urgent)).toBe(true);
    expect(changes[1]!.atS - changes[0]!.atS).toBeGreaterThanOrEqual(8);
  });

  it("isn't moved by one busy second", () => {
    const busyOnce = [...seconds(5, 0.3), 0.99, ...seconds(5, 0.3)];
    expect(live(new CadencePolicy(), 0, busyOnce)).toEqual([]);
  });

  it("gets longer without notice where the loop doesn't follow", () => {
    const changes = live(new CadencePolicy(), 0, seconds(12, 1));
    expect(changes.map((it) => it.cadenceMs)).toEqual([200, 500, 1_000]);
    expect(changes.slice(1).every((it) => it.urgent)).toBe(true);
    expect(changes.at(-1)!.atS).toBeLessThan(10);
  });

  it("gets shorter only when shorter chunks would leave room, and stay so for a while", () => {
    const policy = new CadencePolicy();
    live(policy, 0, seconds(40, 0.8));
    expect(live(policy, 40, seconds(60, 0.4))).toEqual([]);
    const changes = live(policy, 100, seconds(200, 0.25));
    expect(changes.map((it) => it.cadenceMs)).toEqual([500]);
    expect(changes[0]!.atS).toBeGreaterThanOrEqual(129);
  });

  it("gets longer where the process comes late, as idle as it seems to itself", () => {
    const policy = new CadencePolicy();
    const changes = live(policy, 0, seconds(40, 0.2), 120);
    expect(changes.map((it) => it.cadenceMs)).toEqual([200, 500, 1_000]);
    expect(changes.every((it) => !it.urgent)).toBe(true);
    // Late, but not so late: it stays as it is.
    expect(live(policy, 40, seconds(300, 0.05), 40)).toEqual([]);
    expect(live(policy, 340, seconds(60, 0.05), 2).map((it) => it.cadenceMs)).toEqual([500]);
  });

  it("gets longer on a machine that is full, where longer chunks would relieve it", () => {
    const policy = new CadencePolicy();
    const full = (listeners: number) => ({ machine: 0.88, listeners });
    expect(live(policy, 0, seconds(60, 0.35), 1, full(200))).toEqual([]);
    const longer = live(policy, 60, seconds(4, 0.35), 1, full(2_500));
    expect(longer.map((it) => it.cadenceMs)).toEqual([200]);
    // Most of the machine is free now, and not enough would be with shorter chunks.
    const most = { machine: 0.35, listeners: 2_500 };
    expect(live(policy, 64, seconds(300, 0.18), 1, most)).toEqual([]);
    const free = { machine: 0.15, listeners: 2_500 };
    expect(live(policy, 364, seconds(60, 0.18), 1, free).map((it) => it.cadenceMs)).toEqual([100]);
  });

  it("tries shorter chunks ever more rarely where they bring the lateness back", () => {
    const policy = new CadencePolicy();
    live(policy, 0, seconds(5, 0.2), 120);
    const shortenedAtS: number[] = [];
    for (let second = 5; second < 3_600; second += 1) {
      const lateMs = policy.cadenceMs < 200 ? 120 : 3;
      const change = policy.sample({ utilisation: 0.1, lateMs, ...ALONE }, second * 1_000);
      if (change?.cadenceMs === 100) shortenedAtS.push(second);
    }
    const waits = shortenedAtS.map((at, index) => at - (shortenedAtS[index - 1] ?? 0));
    expect(waits.slice(1)).toEqual([...waits.slice(1)].sort((a, b) => a - b));
    expect(waits.length).toBeLessThan(8);
  });

  it("never goes back and forth under a load that stays as it is", () => {
    // What writes cost at 100 ms, as a share of a core; the rest doesn't depend on the cadence.
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 8, noNaN: true }),
        fc.double({ min: 0, max: 0.3, noNaN: true }),
        (writes, rest) => {
          const policy = new CadencePolicy();
          const seen: number[] = [];
          for (let second = 0; second < 600; second += 1) {
            const utilisation = Math.min(1, rest + (writes * 100) / policy.cadenceMs);
            const change = policy.sample({ utilisation, lateMs: 0, ...ALONE }, second * 1_000);
            if (change !== undefined) seen.push(CADENCES_MS.indexOf(change.cadenceMs as 100));
          }
          expect(seen).toEqual([...seen].sort((a, b) => a - b));
        },
      ),
    );
  });
});
