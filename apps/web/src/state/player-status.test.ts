import { expect, test } from "vitest";
import { playerStatus, startWords } from "./player-status.ts";

const AT_LIVE = { behindS: null, isPaused: false, isCatchingUp: false, missedS: 0 };

test("nothing is said while nothing plays and nothing shall", () => {
  const state = { wanted: false, playing: false, connection: "open", crowded: null } as const;
  expect(playerStatus(state, AT_LIVE)).toBe("");
  expect(playerStatus(state, { ...AT_LIVE, isPaused: true, behindS: 65 })).toBe("1:05 behind live");
});

test("starting is told until sound really leaves, then where it is", () => {
  const state = { wanted: true, playing: false, connection: "open", crowded: null } as const;
  expect(playerStatus(state, AT_LIVE)).toBe("Starting…");
  expect(playerStatus({ ...state, playing: true }, AT_LIVE)).toBe("Playing");
  expect(playerStatus({ ...state, playing: true }, { ...AT_LIVE, behindS: 65 })).toBe(
    "1:05 behind live",
  );
});

test("a lost line is told even while the buffer still plays", () => {
  const state = { wanted: true, playing: true, connection: "reconnecting", crowded: null } as const;
  expect(playerStatus(state, AT_LIVE)).toBe("Reconnecting…");
});

test("a full house is no lost line: it says what is heard, or that one waits", () => {
  const state = { wanted: true, playing: false, connection: "reconnecting" } as const;
  expect(playerStatus({ ...state, crowded: "hls" }, AT_LIVE)).toBe("Playing, some seconds behind");
  expect(playerStatus({ ...state, crowded: "full" }, AT_LIVE)).toBe("Waiting for a place");
});

test("errors of the sound say what to do, other errors are left to others", () => {
  expect(startWords("needs-gesture")).toMatch(/Press Play/);
  expect(startWords("refused")).toBeUndefined();
  expect(startWords("toString")).toBeUndefined();
});
