import { signal } from "@preact/signals";
import type { RaisedHand } from "@rostra/client";
import { type HandQueue, NO_HANDS, newSpaceId, newUserId, type UserId } from "@rostra/wire";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { HandsQueue } from "./hands-queue.ts";

const raised = (displayName: string): RaisedHand => ({
  id: newUserId(),
  displayName,
  raisedAt: "2026-01-01T00:00:00Z",
});
const ADA = raised("Ada");
const BO = raised("Bo");
const CY = raised("Cy");

describe("the hands as a host sees them", () => {
  let server: RaisedHand[];
  let calls: string[];
  const numbers = signal<HandQueue>(NO_HANDS);
  let queue: HandsQueue;
  let answerOrder: () => Promise<void>;

  beforeEach(() => {
    server = [ADA, BO];
    calls = [];
    numbers.value = NO_HANDS;
    answerOrder = async () => {};
    const answer = () => ({ open: true, hands: [...server] });
    queue = new HandsQueue(
      {
        hands: async () => answer(),
        orderHands: async (_id, order) => {
          await answerOrder();
          server = order.map((id) => server.find((hand) => hand.id === id)!);
          return answer();
        },
        lowerHandOf: async (_id, userId) => {
          calls.push(`lower ${userId}`);
          server = server.filter(({ id }) => id !== userId);
        },
        lowerAllHands: async () => {
          calls.push("lower all");
          server = [];
        },
      },
      newSpaceId(),
      numbers,
    );
    queue.start();
  });

  const names = () => queue.hands.value.map(({ displayName }) => displayName);
  const arrive = async () => {
    numbers.value = { open: true, count: server.length, revision: numbers.value.revision + 1 };
    await vi.waitFor(() => expect(queue.hands.value).toHaveLength(server.length));
  };

  test("are asked for when the room says that they changed", async () => {
    await arrive();
    expect(names()).toEqual(["Ada", "Bo"]);
    numbers.value = { open: true, count: 0, revision: 9 };
    expect(names()).toEqual([]);
  });

  test("stand as the host puts them, before the server has answered", async () => {
    await arrive();
    const done = queue.order([BO.id, ADA.id]);
    expect(names()).toEqual(["Bo", "Ada"]);
    await done;
    expect(names()).toEqual(["Bo", "Ada"]);
  });

  test("go back to the server's order where that is refused", async () => {
    await arrive();
    answerOrder = () => Promise.reject(new Error("no"));
    await expect(queue.order([BO.id, ADA.id])).rejects.toThrow();
    expect(names()).toEqual(["Ada", "Bo"]);
  });

  test("that are lowered are out of sight at once, and back in place when that is undone", async () => {
    await arrive();
    queue.hide([ADA.id]);
    expect(names()).toEqual(["Bo"]);
    queue.show([ADA.id]);
    expect(names()).toEqual(["Ada", "Bo"]);
    expect(calls).toEqual([]);
  });

  test("went up in the meantime: they stay when all of before are lowered", async () => {
    await arrive();
    const before: UserId[] = [ADA.id, BO.id];
    queue.hide(before);
    server.push(CY);
    numbers.value = { open: true, count: 3, revision: 7 };
    await vi.waitFor(() => expect(names()).toEqual(["Cy"]));
    await queue.lower(before);
    expect(calls).toEqual([`lower ${ADA.id}`, `lower ${BO.id}`]);
    expect(names()).toEqual(["Cy"]);
  });

  test("are all lowered in one call where nobody came since", async () => {
    await arrive();
    await queue.lower([ADA.id, BO.id]);
    expect(calls).toEqual(["lower all"]);
  });
});
