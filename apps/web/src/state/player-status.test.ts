import { expect, test } from "vitest";
import { playerStatus, startWords } from "./player-status.ts";

test("nothing is said while nothing plays and nothing shall", () => {
  expect(playerStatus({ wanted: false, playing: false, connection: "open" }, 300)).toBe("");
});

test("starting is told until sound really leaves, then the delay", () => {
  expect(playerStatus({ wanted: true, playing: false, connection: "open" }, null)).toBe(
    "Starting…",
  );
  expect(playerStatus({ wanted: true, playing: true, connection: "open" }, 400)).toBe(
    "0.4 s behind",
  );
});

test("a lost line is told even while the buffer still plays", () => {
  const state = { wanted: true, playing: true, connection: "reconnecting" } as const;
  expect(playerStatus(state, 400)).toBe("Reconnecting…");
});

test("errors of the sound say what to do, other errors are left to others", () => {
  expect(startWords("needs-gesture")).toMatch(/Press Play/);
  expect(startWords("refused")).toBeUndefined();
  expect(startWords("toString")).toBeUndefined();
});
