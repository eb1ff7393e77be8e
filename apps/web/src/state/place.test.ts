import { expect, test } from "vitest";
import { minutesWords, missedWords, placeNews, placeView, placeWords } from "./place.ts";

const LIVE = { behindMs: 0, paused: false, following: true, missedMs: 0, playing: true };

test("nothing is said of less than two seconds", () => {
  const view = placeView({ ...LIVE, behindMs: 1_999 });
  expect(view.behindS).toBeNull();
  expect(placeWords(view) + placeNews(view) + missedWords(view)).toBe("");
});

test("who paused is told how far behind live they would play on", () => {
  const view = placeView({ ...LIVE, paused: true, playing: false, behindMs: 80_400 });
  expect(placeWords(view)).toBe("1:20 behind live");
  expect(placeNews(view)).toBe("Paused");
});

test("who chose to be behind is told so, who catches up after a drop too", () => {
  const behind = placeView({ ...LIVE, following: false, behindMs: 7_000 });
  expect(placeWords(behind)).toBe("0:07 behind live");
  expect(placeNews(behind)).toBe("Playing behind live");
  const catchingUp = placeView({ ...LIVE, behindMs: 34_000 });
  expect(placeWords(catchingUp)).toBe("Catching up, 0:34 behind");
  expect(placeNews(catchingUp)).toBe("Catching up with live");
});

test("nothing is said of delay before there is sound", () => {
  expect(placeView({ ...LIVE, playing: false, behindMs: 60_000 }).behindS).toBeNull();
});

test("a pause that was too long says what it cost", () => {
  expect(missedWords(placeView({ ...LIVE, missedMs: 60_000 }))).toContain("1:00 later");
});

test("minutes are written as clocks write them", () => {
  expect([0, 59, 60, 600].map(minutesWords)).toEqual(["0:00", "0:59", "1:00", "10:00"]);
});
