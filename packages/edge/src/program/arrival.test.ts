import { VirtualClock } from "@rostra/testkit";
import { expect, it } from "vitest";
import { Arrival } from "./arrival.ts";

function world() {
  const clock = new VirtualClock();
  const arrival = new Arrival(clock, 500);
  const went: number[] = [];
  const wait = (who: number) => arrival.when(() => went.push(who));
  return { clock, arrival, went, wait };
}

it("lets all who wait go on in the order in which they came, and those after them at once", () => {
  const { clock, arrival, went, wait } = world();
  for (const who of [1, 2]) wait(who);
  expect(went).toEqual([]);
  arrival.come();
  expect(went).toEqual([1, 2]);
  wait(3);
  expect(went).toEqual([1, 2, 3]);
  arrival.come();
  expect(went).toEqual([1, 2, 3]);
  expect(clock.pending).toBe(0);
});

it("keeps nobody for longer than it's worth", () => {
  const { clock, went, wait } = world();
  wait(1);
  clock.advance(500);
  wait(2);
  expect(went).toEqual([1, 2]);
});

it("lets those go on at once who are too many to wait", () => {
  const { arrival, went, wait } = world();
  for (let who = 0; who < 20_000; who += 1) wait(who);
  expect(went).toEqual([]);
  wait(20_000);
  expect(went).toEqual([20_000]);
  arrival.come();
  expect(went).toHaveLength(20_001);
});
