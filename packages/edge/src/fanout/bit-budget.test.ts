import { expect, it } from "vitest";
import { BitBudget } from "./bit-budget.ts";

const MBITS = 80;

/** Runs seconds at shares of the budget; `halved` where thin sound halves what is written. */
function run(budget: BitBudget, from: number, shares: readonly number[], startBytes = 0): number {
  let bytes = startBytes;
  shares.forEach((share, index) => {
    bytes += share * MBITS * 125_000;
    budget.sample(bytes, (from + index) * 1_000);
  });
  return bytes;
}

const seconds = (count: number, share: number) => Array<number>(count).fill(share);

it("leaves everybody alone where there is no bound, or room", () => {
  const unbounded = new BitBudget(undefined);
  run(unbounded, 0, seconds(10, 50));
  expect(unbounded.thinning).toBe("nobody");
  const roomy = new BitBudget(MBITS);
  run(roomy, 0, seconds(100, 0.8));
  expect(roomy.thinning).toBe("nobody");
});

it("takes newcomers first, then everybody", () => {
  const budget = new BitBudget(MBITS);
  const bytes = run(budget, 0, seconds(5, 0.9));
  expect(budget.thinning).toBe("newcomers");
  run(budget, 5, seconds(2, 1.1), bytes);
  expect(budget.thinning).toBe("everybody");
});

it("isn't moved to everybody by one second over", () => {
  const budget = new BitBudget(MBITS);
  run(budget, 0, [0.9, 0.9, 1.2, 0.9, 1.2, 0.9]);
  expect(budget.thinning).toBe("newcomers");
});

it("eases step by step, and never where full sound for all wouldn't fit", () => {
  const budget = new BitBudget(MBITS);
  let bytes = run(budget, 0, seconds(4, 1.1));
  // Thin for everybody: half of it. With the full one it would be over again.
  bytes = run(budget, 4, seconds(200, 0.55), bytes);
  expect(budget.thinning).toBe("everybody");
  bytes = run(budget, 204, seconds(30, 0.3), bytes);
  expect(budget.thinning).toBe("newcomers");
  run(budget, 234, seconds(30, 0.3), bytes);
  expect(budget.thinning).toBe("nobody");
});

it("is full only where thin sound for everybody nearly fills the line as well", () => {
  const budget = new BitBudget(MBITS);
  let bytes = run(budget, 0, seconds(5, 1.2));
  expect([budget.thinning, budget.full]).toEqual(["everybody", true]);
  bytes = run(budget, 5, seconds(2, 0.6), bytes);
  expect(budget.full).toBe(false);
  run(budget, 7, seconds(2, 0.9), bytes);
  expect(budget.full).toBe(true);
});
