import { VirtualClock } from "@rostra/testkit";
import { expect, it } from "vitest";
import { roundTrip } from "./round-trip.ts";

/** A path that answers when told to. */
function path(connected = true) {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { connected, flush: () => promise, answer: resolve };
}

/** Whether it's over once all that can happen now has. */
function watched(trip: Promise<void>) {
  let isOver = false;
  void trip.then(() => {
    isOver = true;
  });
  return async () => {
    await new Promise(setImmediate);
    return isOver;
  };
}

it("waits for every path that answers soon", async () => {
  const clock = new VirtualClock();
  const [one, two] = [path(), path()];
  const isOver = watched(roundTrip([one, two], clock));
  one.answer();
  expect(await isOver()).toBe(false);
  two.answer();
  expect(await isOver()).toBe(true);
});

it("doesn't wait for a path that was cut without a word, once another has answered", async () => {
  const clock = new VirtualClock();
  const [one, cut] = [path(), path()];
  const isOver = watched(roundTrip([one, cut], clock));
  one.answer();
  await isOver();
  clock.advance(150);
  expect(await isOver()).toBe(false);
  clock.advance(100);
  expect(await isOver()).toBe(true);
});

it("takes a path that isn't there for no answer", async () => {
  const clock = new VirtualClock();
  const [gone, slow] = [path(false), path()];
  const isOver = watched(roundTrip([gone, slow], clock));
  gone.answer();
  await isOver();
  clock.advance(1_000);
  expect(await isOver()).toBe(false);
  slow.answer();
  expect(await isOver()).toBe(true);
  expect(await watched(roundTrip([], clock))()).toBe(true);
});
