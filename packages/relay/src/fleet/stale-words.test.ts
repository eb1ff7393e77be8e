import { VirtualClock } from "@rostra/testkit";
import { newSpaceId } from "@rostra/wire";
import { expect, it } from "vitest";
import type { Bus } from "./bus.ts";
import { StaleWords } from "./stale-words.ts";

/** A follower that goes by some revision, and what it says to the stages of its space. */
function openFollower(revision: number | undefined) {
  const clock = new VirtualClock();
  const spaceId = newSpaceId();
  const told: string[] = [];
  let listeners = 0;
  const bus: Pick<Bus, "publish" | "subscribe"> = {
    publish: (subject) => told.push(subject),
    subscribe: () => {
      listeners += 1;
      return () => {
        listeners -= 1;
      };
    },
  };
  const known = { revision };
  const words = new StaleWords({
    buses: [bus as Bus],
    subjects: (word) => word,
    clock,
    revisionOf: () => known.revision,
    said: () => Uint8Array.of(1),
    hear: () => {},
  });
  const hear = (revision: number | undefined, forMs: number, second = false) => {
    for (const untilMs = clock.nowMs() + forMs; clock.nowMs() < untilMs; clock.advance(20))
      words.heard(spaceId, { term: 0, second, revision });
  };
  return { words, spaceId, told, known, hear, listeners: () => listeners };
}

it("a stage that is behind is told, again and again until it isn't", () => {
  const { hear, told, spaceId } = openFollower(7);
  hear(6, 60);
  expect(told).toEqual([]);
  hear(6, 500);
  expect(told).toEqual([`word.${spaceId}`, `word.${spaceId}`]);
  hear(7, 1_000);
  expect(told).toHaveLength(2);
  // Each stage by its own: that one isn't behind says nothing of the other.
  for (let ms = 0; ms < 100; ms += 20) {
    hear(6, 20, true);
    hear(7, 20);
  }
  expect(told).toHaveLength(3);
});

it("nobody is told what is on its way, what isn't known here, or of a space of one stage", () => {
  const { hear, told, known } = openFollower(7);
  for (known.revision = 7; known.revision < 20; known.revision += 1) {
    hear(known.revision - 1, 40);
    hear(known.revision, 40);
  }
  hear(99, 500);
  hear(undefined, 500);
  known.revision = undefined;
  hear(1, 500);
  expect(told).toEqual([]);
});

it("whoever makes frames of a pair listens until the space is over", () => {
  const { words, spaceId, known, listeners } = openFollower(undefined);
  words.listen(spaceId);
  expect(listeners()).toBe(0);
  known.revision = 1;
  words.listen(spaceId);
  words.listen(spaceId);
  expect(listeners()).toBe(1);
  words.forget(spaceId);
  expect(listeners()).toBe(0);
  words.listen(spaceId);
  words.close();
  expect(listeners()).toBe(0);
});
