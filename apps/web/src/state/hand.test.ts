import { signal } from "@preact/signals";
import type { Identity, Me } from "@rostra/client";
import { type HandQueue, NO_HANDS, newSpaceId, newUserId } from "@rostra/wire";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Hand, handView, placeWords } from "./hand.ts";

const queue = (over: Partial<HandQueue> = {}): HandQueue => ({
  open: true,
  count: 3,
  revision: 1,
  ...over,
});

describe("what a listener sees of their hand", () => {
  test("is a button while hands are open, and a reason while they are closed", () => {
    expect(handView(queue(), null, false)).toEqual({ kind: "down", words: "" });
    expect(handView(queue({ open: false }), null, false)).toMatchObject({
      kind: "closed",
      words: expect.stringMatching(/no more hands/),
    });
  });

  test("is the place in the queue while it is up, also after the host closed it", () => {
    expect(handView(queue({ open: false, count: 12 }), 3, false)).toEqual({
      kind: "up",
      words: "Your hand is up. You are 3rd of 12.",
    });
  });

  test("is no button for whom the space has blocked", () => {
    expect(handView(queue(), null, true).kind).toBe("closed");
  });

  test("counts as people do", () => {
    expect(placeWords(1, 4)).toMatch(/next/);
    expect(
      [2, 3, 4, 11, 21, 22].map((place) => /\d+(st|nd|rd|th)/.exec(placeWords(place, 30))![0]),
    ).toEqual(["2nd", "3rd", "4th", "11th", "21st", "22nd"]);
  });
});

describe("a hand", () => {
  const identity: Identity = {
    token: "t",
    expiresAt: "2100-01-01T00:00:00Z",
    user: { id: newUserId(), displayName: "Cy" },
  };
  let numbers = signal<HandQueue>(NO_HANDS);
  let me: Me;
  let asked: number;
  let hand: Hand;
  let stop: () => void;

  beforeEach(() => {
    vi.useFakeTimers();
    numbers = signal<HandQueue>(NO_HANDS);
    me = { role: null, hand: null, invited: null, blocked: false };
    asked = 0;
    const api = {
      identity: { value: identity },
      me: async () => {
        asked += 1;
        return me;
      },
      raiseHand: async () => 2,
      lowerHand: async () => {},
    };
    hand = new Hand(api, newSpaceId(), numbers);
    stop = hand.start();
  });
  afterEach(() => {
    stop();
    vi.useRealTimers();
  });

  test("asks nothing of the server while no hand is up", async () => {
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toBe(0);
  });

  test("is found again by who comes back to the page", async () => {
    me = { ...me, hand: 4 };
    numbers.value = queue({ count: 9 });
    await vi.advanceTimersByTimeAsync(10);
    expect(hand.view.words).toMatch(/4th of 9/);
  });

  test("goes up, moves with the queue at a bounded pace, and comes down when the host says so", async () => {
    await hand.raise(async () => {});
    expect(hand.view).toMatchObject({ kind: "up" });
    me = { ...me, hand: 1 };
    for (let revision = 2; revision < 40; revision += 1) {
      numbers.value = queue({ revision });
      await vi.advanceTimersByTimeAsync(100);
    }
    await vi.advanceTimersByTimeAsync(3_100);
    expect(asked).toBeLessThanOrEqual(4);
    expect(hand.view.words).toMatch(/next/);
    me = { ...me, hand: null };
    numbers.value = queue({ revision: 99 });
    await vi.advanceTimersByTimeAsync(3_100);
    expect(hand.view.kind).toBe("down");
  });

  test("stays down where the server refuses, and says why", async () => {
    await hand.raise(() => Promise.reject(new Error("no")));
    expect(hand.view.kind).toBe("down");
    expect(hand.problem).not.toBe("");
  });
});
