import { expect, it } from "vitest";
import { PathMemories } from "./path-memories.ts";

it("remembers for each stage, and expects of a new one what was met last", () => {
  const memories = new PathMemories();
  memories.of("first").udpBlocked = true;
  expect(memories.of("second").udpBlocked).toBe(true);
  memories.of("second").udpBlocked = false;
  expect(memories.of("first").udpBlocked).toBe(true);
  expect(memories.of("third").udpBlocked).toBe(false);
});

it("forgets those that were met long ago", () => {
  const memories = new PathMemories();
  memories.of("first").udpBlocked = true;
  memories.of("second").udpBlocked = false;
  for (let n = 0; n < 100; n += 1) memories.of(`stage-${n}`);
  expect(memories.of("first").udpBlocked).toBe(false);
});
