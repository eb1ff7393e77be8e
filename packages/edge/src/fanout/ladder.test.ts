import type { Socket } from "node:net";
import { expect, it } from "vitest";
import { BOUNDS } from "../bounds.ts";
import { type Listener, newListener } from "./crowd.ts";
import { Ladder } from "./ladder.ts";

const SECOND = 1_000;

function openLadder() {
  const up: Listener[] = [];
  const ladder = new Ladder((listener) => up.push(listener));
  const listener = newListener({} as Socket, "websocket");
  const live = (fromS: number, toS: number, mayRise = true) => {
    for (let second = fromS; second <= toS; second += 1) ladder.beat(second * SECOND, mayRise);
  };
  return { up, ladder, listener, live };
}

const PATIENCE_S = BOUNDS.thinMs / SECOND;

it("lets a listener back up when it has followed for a while, and later each time", () => {
  const { up, ladder, listener, live } = openLadder();
  ladder.put(listener, 0);
  live(1, PATIENCE_S - 1);
  expect(up).toEqual([]);
  live(PATIENCE_S, PATIENCE_S);
  expect(up).toEqual([listener]);
  ladder.put(listener, PATIENCE_S * SECOND);
  live(PATIENCE_S + 1, 3 * PATIENCE_S - 1);
  expect(up).toHaveLength(1);
  live(3 * PATIENCE_S, 3 * PATIENCE_S);
  expect(up).toHaveLength(2);
});

it("counts from the last time that the listener took nothing", () => {
  const { up, ladder, listener, live } = openLadder();
  ladder.put(listener, 0);
  listener.stuckSinceMs = 1;
  live(1, 2 * PATIENCE_S);
  listener.stuckSinceMs = 0;
  live(2 * PATIENCE_S + 1, 3 * PATIENCE_S - 1);
  expect(up).toEqual([]);
  live(3 * PATIENCE_S, 3 * PATIENCE_S);
  expect(up).toEqual([listener]);
});

it("keeps everybody while the edge's line is full, and then lets so many up at a time", () => {
  const { up, ladder, live } = openLadder();
  const many = Array.from({ length: BOUNDS.risersAtOnce + 5 }, () =>
    newListener({} as Socket, "websocket"),
  );
  for (const each of many) ladder.put(each, 0);
  live(1, 10 * PATIENCE_S, false);
  expect(up).toEqual([]);
  live(10 * PATIENCE_S + 1, 10 * PATIENCE_S + 1);
  expect(up).toHaveLength(BOUNDS.risersAtOnce);
  ladder.remove(many.at(-1)!);
  live(10 * PATIENCE_S + 2, 10 * PATIENCE_S + 2);
  expect(up).toHaveLength(many.length - 1);
  expect(ladder.size).toBe(0);
});
