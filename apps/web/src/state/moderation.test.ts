import { signal } from "@preact/signals";
import type { RaisedHand, Space } from "@rostra/client";
import { testMember, testSpace } from "@rostra/testkit";
import { NO_HANDS, newUserId, type SpaceSnapshot } from "@rostra/wire";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { HandsQueue } from "./hands-queue.ts";
import { Moderation } from "./moderation.ts";
import { UNDO_MS } from "./undo-bar.ts";

const BO = newUserId();

describe("what a host does", () => {
  let calls: string[];
  let isRefusing: boolean;
  let moderation: Moderation;
  let leavePage: () => void;
  const space = testSpace({ members: [testMember(BO, { displayName: "Bo" })] });

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("addEventListener", (_type: string, listener: () => void) => {
      leavePage = listener;
    });
    vi.stubGlobal("removeEventListener", () => {});
    calls = [];
    isRefusing = false;
    const call =
      (name: string) =>
      async (_id: string, ...rest: readonly unknown[]): Promise<Space> => {
        if (isRefusing) throw new Error("refused");
        calls.push(
          [name, ...rest.map((value) => (value === BO ? "bo" : JSON.stringify(value)))].join(" "),
        );
        return {} as Space;
      };
    const api = {
      setMuted: call("muted"),
      muteAll: call("mute all"),
      setMicLocked: call("locked"),
      setRole: call("role"),
      setChannel: call("channel"),
      removeFromStage: async (id: string, who: string) => void (await call("remove")(id, who)),
      block: async (id: string, who: string) => void (await call("block")(id, who)),
      unblock: async (id: string, who: string) => void (await call("unblock")(id, who)),
      handOver: call("hand over"),
      inviteByName: call("invite"),
      withdrawInvitation: async (id: string, who: string) => void (await call("withdraw")(id, who)),
      updateSpace: call("update"),
    };
    const room = { space: signal<SpaceSnapshot | null>(space), spaceId: space.id };
    moderation = new Moderation(api, room, async (action) => {
      try {
        await action();
        return true;
      } catch {
        return false;
      }
    });
  });
  afterEach(() => {
    moderation.close();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  test("is offered back, and one press undoes it", async () => {
    await moderation.do({ do: "send", id: BO, channel: "backstage" });
    expect(moderation.bar.offer.value?.words).toBe("Sent Bo backstage");
    moderation.bar.undo();
    await vi.advanceTimersByTimeAsync(0);
    expect(calls).toEqual(['channel bo "backstage"', 'channel bo "air"']);
  });

  test("never unmutes, whatever is undone", async () => {
    await moderation.do({ do: "mute", id: BO });
    expect(moderation.bar.undo()).toBe(false);
    await moderation.do({ do: "lock", id: BO });
    moderation.bar.undo();
    await vi.advanceTimersByTimeAsync(0);
    expect(calls).toEqual(["muted bo true", "locked bo true", "locked bo false"]);
  });

  test("isn't offered back where it was refused: nothing was done", async () => {
    isRefusing = true;
    await moderation.do({ do: "remove", id: BO });
    expect(moderation.bar.offer.value).toBeNull();
  });

  describe("about a raised hand", () => {
    const hand: RaisedHand = { id: newUserId(), displayName: "Cy", raisedAt: "" };
    let lowered: string[];
    let queue: HandsQueue;

    beforeEach(async () => {
      lowered = [];
      const answer = { open: true, hands: [hand] };
      queue = new HandsQueue(
        {
          hands: async () => answer,
          orderHands: async () => answer,
          lowerHandOf: async (_id, id) => void lowered.push(id),
          lowerAllHands: async () => void lowered.push("all"),
        },
        space.id,
        signal(NO_HANDS),
      );
      await queue.refresh();
      moderation.lowerHands(queue, [hand]);
    });

    test("is done only when it can't be undone any more", async () => {
      expect(queue.hands.value).toEqual([]);
      expect(lowered).toEqual([]);
      await vi.advanceTimersByTimeAsync(UNDO_MS);
      expect(lowered).toEqual([hand.id]);
    });

    test("is as if it had never been, once undone", async () => {
      moderation.bar.undo();
      await vi.advanceTimersByTimeAsync(UNDO_MS * 2);
      expect(queue.hands.value).toEqual([hand]);
      expect(lowered).toEqual([]);
    });

    test("is done when the page goes", async () => {
      leavePage();
      await vi.advanceTimersByTimeAsync(0);
      expect(lowered).toEqual([hand.id]);
    });
  });
});
