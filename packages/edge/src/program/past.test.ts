import { VirtualClock } from "@rostra/testkit";
import { expect, it } from "vitest";
import { BOUNDS } from "../bounds.ts";
import { Past } from "./past.ts";

/** A line that has begun with 1,000; what is asked for is there when it's told to be. */
function world() {
  const clock = new VirtualClock();
  const asked: [number, number][] = [];
  let arrive: (isAnswered: boolean) => void = () => {};
  const past = new Past({
    clock,
    load: (from, to) => {
      asked.push([from, to]);
      return new Promise((resolve) => (arrive = resolve));
    },
  });
  past.begin(1_000);
  const went: number[] = [];
  const need = (from: number) => past.need(from, () => went.push(from));
  const arrived = async (isAnswered = true) => {
    arrive(isAnswered);
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  };
  return { clock, past, asked, went, need, arrived };
}

it("asks for nothing that nobody needs, and for nothing twice", async () => {
  const { asked, went, need, arrived, past } = world();
  need(1_000);
  expect([asked, went]).toEqual([[], [1_000]]);
  need(800);
  need(900);
  expect(asked).toEqual([[800, 999]]);
  expect(past.isLoading).toBe(true);
  await arrived();
  expect(went).toEqual([1_000, 800, 900]);
  need(850);
  expect(asked).toHaveLength(1);
  expect(went.at(-1)).toBe(850);
});

it("goes on from where it has got to, once for all who want more", async () => {
  const { asked, went, need, arrived } = world();
  need(900);
  for (const from of [300, 100, 200]) need(from);
  await arrived();
  expect(went).toEqual([900]);
  expect(asked).toEqual([
    [900, 999],
    [100, 899],
  ]);
  await arrived();
  expect(went).toEqual([900, 300, 100, 200]);
});

it("asks again for what nobody answered for", async () => {
  const { asked, went, need, arrived } = world();
  need(900);
  await arrived(false);
  expect(went).toEqual([900]);
  need(900);
  expect(asked).toEqual([
    [900, 999],
    [900, 999],
  ]);
});

it("lets nobody wait for too long, and nobody at all at its end", () => {
  const { clock, went, need, past } = world();
  need(500);
  clock.advance(BOUNDS.pastMs);
  expect(went).toEqual([500]);
  need(400);
  past.close();
  expect(went).toEqual([500, 400]);
});
