import { expect, test } from "vitest";
import { AwarenessTracker } from "./awareness.ts";

test("a page that is hidden and shown again is told once each", () => {
  const tracker = new AwarenessTracker();
  expect(tracker.setHidden(false)).toBeNull();
  expect(tracker.setHidden(true)).toEqual({ hidden: true, deviceChanges: 0 });
  expect(tracker.setHidden(true)).toBeNull();
  expect(tracker.setHidden(false)).toEqual({ hidden: false, deviceChanges: 0 });
});

test("another microphone counts, the first one and the same one again don't", () => {
  const tracker = new AwarenessTracker();
  expect(tracker.setDevice("built-in")).toBeNull();
  expect(tracker.setDevice("built-in")).toBeNull();
  expect(tracker.setDevice("headset")).toEqual({ hidden: false, deviceChanges: 1 });
  expect(tracker.setDevice(null)).toBeNull();
  expect(tracker.setDevice("headset")).toBeNull();
  expect(tracker.setDevice("built-in")?.deviceChanges).toBe(2);
});
