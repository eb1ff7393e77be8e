import { NetworkError, ProblemError } from "@rostra/client";
import { problem } from "@rostra/wire";
import { expect, test } from "vitest";
import { failureWords } from "./failure.ts";
import { afterFailure } from "./space-list.ts";

test("a failed refresh keeps the spaces that are on the screen", () => {
  const ready = { status: "ready", spaces: [], error: null } as const;
  expect(afterFailure(ready, "away")).toEqual({ status: "ready", spaces: [], error: "away" });
});

test("a first answer that fails is told as a failure", () => {
  const loading = { status: "loading", spaces: [], error: null } as const;
  expect(afterFailure(loading, "away").status).toBe("failed");
});

test("a refusal is told in the server's own words, as a sentence", () => {
  const refusal = new ProblemError(problem("conflict", "the space has no stage yet"));
  expect(failureWords(refusal)).toBe("The space has no stage yet.");
});

test("a part of the server that is away is told without its name", () => {
  const away = new ProblemError(problem("unavailable", "control is not there"));
  expect(failureWords(away)).toMatch(/^The server can't do that for the moment/);
});

test("a network failure says what to do", () => {
  expect(failureWords(new NetworkError("unreachable", "fetch failed"))).toMatch(/connection/);
});

test("what nobody foresaw is told without its inner words", () => {
  expect(failureWords(new TypeError("x is undefined"))).not.toMatch(/undefined/);
});
