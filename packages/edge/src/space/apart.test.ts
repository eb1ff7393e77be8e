import { expect, it } from "vitest";
import { Apart } from "./apart.ts";

const BEAT_MS = 100;

function beats(apart: Apart, fromMs: number, toMs: number, isReachable = true): void {
  for (let nowMs = fromMs; nowMs <= toMs; nowMs += BEAT_MS) apart.beat(nowMs, isReachable);
}

it("an edge that has just begun isn't apart, nor one that is late by less than others notice", () => {
  const apart = new Apart();
  apart.beat(50_000, true);
  apart.beat(51_000, true);
  expect(apart.isApart(51_000)).toBe(false);
});

it("an edge that stood still is apart until five seconds after that", () => {
  const apart = new Apart();
  beats(apart, 0, 1_000);
  beats(apart, 4_000, 8_900);
  expect(apart.isApart(4_000)).toBe(true);
  expect(apart.isApart(8_999)).toBe(true);
  expect(apart.isApart(9_000)).toBe(false);
});

it("an edge that hears nobody is apart for as long, and five seconds more", () => {
  const apart = new Apart();
  beats(apart, 0, 1_000);
  beats(apart, 1_100, 60_000, false);
  expect(apart.isApart(60_000)).toBe(true);
  beats(apart, 60_100, 66_000);
  expect(apart.isApart(64_999)).toBe(true);
  expect(apart.isApart(65_000)).toBe(false);
});
