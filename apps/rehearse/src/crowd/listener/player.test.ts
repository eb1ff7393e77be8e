import { expect, it } from "vitest";
import { Player } from "./player.ts";

const CADENCE_FRAMES = 5;
const START_MS = 1_000_000;

/** A newcomer's second of sound, then chunks of 100 ms; each comes `lateMs` after it could have. */
function listen(chunks: number, lateMs: (chunk: number) => number | undefined): Player {
  const player = new Player();
  player.take(0, 50, START_MS);
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    const late = lateMs(chunk);
    if (late === undefined) continue;
    player.take(50 + chunk * CADENCE_FRAMES, CADENCE_FRAMES, START_MS + (chunk + 1) * 100 + late);
  }
  return player;
}

const end = (chunks: number) => START_MS + chunks * 100;

it("hears no silence while chunks come as they should", () => {
  expect(listen(100, () => 0).takeWorstMs(end(100))).toBe(0);
});

it("bears what is late by less than its margin", () => {
  expect(listen(100, (chunk) => (chunk % 7) * 14).takeWorstMs(end(100))).toBe(0);
});

it("hears of an outage what its margin doesn't cover", () => {
  // Ten chunks come together when the last of them is due.
  const player = listen(100, (chunk) => (chunk >= 50 && chunk < 60 ? (59 - chunk) * 100 : 0));
  expect(player.takeWorstMs(end(100))).toBeCloseTo(800, 0);
});

it("hears a line that goes on seconds later once, not with each chunk of it", () => {
  const later = (chunk: number) => (chunk < 50 ? 0 : 2_000);
  const player = listen(60, later);
  expect(player.takeWorstMs(end(60) + 2_000)).toBeCloseTo(1_900, 0);
  expect(listen(150, later).leftMs(end(150) + 2_000)).toBeGreaterThanOrEqual(150);
});

it("hears frames that never came as silence", () => {
  const player = listen(100, (chunk) => (chunk === 50 ? undefined : 0));
  expect(player.takeWorstMs(end(100))).toBeCloseTo(100, 0);
});

it("says of a silence that still lasts how long it has been", () => {
  const player = listen(50, () => 0);
  expect(player.takeWorstMs(end(50) + 1_000)).toBeCloseTo(800, 0);
  expect(player.takeWorstMs(end(50) + 2_000)).toBeCloseTo(1_800, 0);
});

it("has its margin again some seconds after an outage", () => {
  const late = (chunk: number) => (chunk >= 50 && chunk < 60 ? (59 - chunk) * 100 : 0);
  const onceLate = listen(400, late).takeWorstMs(end(400));
  const twiceLate = listen(400, (chunk) => late(chunk) + (chunk === 390 ? 90 : 0));
  expect(twiceLate.takeWorstMs(end(400))).toBe(onceLate);
});

it("has built up what longer chunks need by the time that they come, where it was told", () => {
  const heard = (noticeFrames: number) => {
    const player = new Player();
    player.take(0, 50, START_MS);
    let frame = 50;
    const speak = (cadenceMs: number, untilFrame: number) => {
      const count = cadenceMs / 20;
      for (; frame + count <= untilFrame; frame += count) {
        player.take(frame, count, START_MS + (frame + count - 50) * 20);
      }
    };
    speak(100, 550);
    player.setCadence(500, frame + noticeFrames);
    speak(100, frame + noticeFrames);
    speak(500, frame + 1_000);
    return player.takeWorstMs(START_MS + (frame - 50) * 20);
  };
  expect(heard(250)).toBe(0);
  expect(heard(0)).toBeGreaterThan(200);
});

it("holds more than it needs where chunks are long: time to find another edge", () => {
  const dryAfterMs = (cadenceMs: number) => {
    const player = new Player();
    player.setCadence(cadenceMs, 0);
    const count = cadenceMs / 20;
    for (let chunk = 1; chunk <= 30; chunk += 1) {
      player.take((chunk - 1) * count, count, START_MS + chunk * cadenceMs);
    }
    // So long after the next one would have been due it falls silent.
    let waitedMs = 0;
    while (player.takeWorstMs(START_MS + 31 * cadenceMs + waitedMs) === 0) waitedMs += 1;
    return waitedMs;
  };
  expect(dryAfterMs(100)).toBeLessThanOrEqual(102);
  expect(dryAfterMs(1_000)).toBeGreaterThanOrEqual(200);
});
