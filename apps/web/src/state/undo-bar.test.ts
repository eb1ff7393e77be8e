import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { UNDO_MS, UndoBar } from "./undo-bar.ts";

describe("the bar that offers to undo", () => {
  let bar: UndoBar;
  beforeEach(() => {
    vi.useFakeTimers();
    bar = new UndoBar();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("offers for six seconds, then is gone", () => {
    const run = vi.fn();
    bar.show("Sent Bo backstage", { label: "Undo", run });
    vi.advanceTimersByTime(UNDO_MS - 1);
    expect(bar.offer.value?.words).toBe("Sent Bo backstage");
    vi.advanceTimersByTime(1);
    expect(bar.offer.value).toBeNull();
    expect(bar.undo()).toBe(false);
    expect(run).not.toHaveBeenCalled();
  });

  test("undoes once, and only the newest deed", () => {
    const [first, second] = [vi.fn(), vi.fn()];
    bar.show("one", { label: "Undo", run: first });
    bar.show("two", { label: "Undo", run: second });
    expect(bar.undo()).toBe(true);
    expect(bar.undo()).toBe(false);
    expect(first).not.toHaveBeenCalled();
    expect(second).toHaveBeenCalledOnce();
  });

  test("does what waited when the time is over, when something else is done, and when it is closed", () => {
    const commits = [vi.fn(), vi.fn(), vi.fn()];
    bar.show("one", { label: "Undo", run: () => {} }, commits[0]);
    vi.advanceTimersByTime(UNDO_MS);
    bar.show("two", { label: "Undo", run: () => {} }, commits[1]);
    bar.show("three", { label: "Undo", run: () => {} }, commits[2]);
    bar.close();
    vi.advanceTimersByTime(60_000);
    for (const commit of commits) expect(commit).toHaveBeenCalledOnce();
  });

  test("doesn't do what waited once it was undone", () => {
    const commit = vi.fn();
    bar.show("Lowered Bo's hand", { label: "Undo", run: () => {} }, commit);
    bar.undo();
    vi.advanceTimersByTime(60_000);
    expect(commit).not.toHaveBeenCalled();
  });

  test("only tells where there is nothing to take back", () => {
    bar.show("Muted Bo", null);
    expect(bar.offer.value).toMatchObject({ words: "Muted Bo", label: null });
    expect(bar.undo()).toBe(false);
    expect(bar.offer.value).not.toBeNull();
  });
});
