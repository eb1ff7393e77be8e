import { memoryRelay } from "@rostra/relay";
import { newUserId, type SpaceSnapshot, type SpaceState, STATE_KEYS } from "@rostra/wire";
import { describe, expect, it } from "vitest";
import { NO_NOTES, type SpaceRecord } from "../roles/record.ts";
import { LISTED_SPACES, SpaceDirectory } from "./directory.ts";
import { newSpace } from "./space-draft.ts";

const HOST = { id: newUserId(), displayName: "Host" };

function space(state: SpaceState, epochMs: number): SpaceSnapshot {
  const made = newSpace({ title: `${state} ${epochMs}` }, HOST, "stage-1", epochMs);
  return { ...made, state };
}

function record(snapshot: SpaceSnapshot, notes = NO_NOTES): SpaceRecord {
  return { snapshot, notes, blockLists: new Map() };
}

function directoryAndState() {
  const world = memoryRelay();
  const state = new Map<string, unknown>();
  world.join().watch(STATE_KEYS.spaces, (key, value) => {
    if (value === undefined) state.delete(key);
    else state.set(key, value);
  });
  return { directory: new SpaceDirectory(world.join()), state };
}

describe("the directory", () => {
  it("lists live spaces first, then backstage, then scheduled; the newest first; none that ended", () => {
    const { directory } = directoryAndState();
    for (const epochMs of [1, 2]) {
      for (const state of ["ended", "scheduled", "live", "backstage"] as const) {
        directory.publish(record(space(state, epochMs)));
      }
    }
    expect(directory.list().map(({ title }) => title)).toEqual([
      "live 2",
      "live 1",
      "backstage 2",
      "backstage 1",
      "scheduled 2",
      "scheduled 1",
    ]);
  });

  it("lists a bounded number of spaces", () => {
    const { directory } = directoryAndState();
    for (let epochMs = 0; epochMs < LISTED_SPACES + 5; epochMs += 1) {
      directory.publish(record(space("live", epochMs)));
    }
    expect(directory.list()).toHaveLength(LISTED_SPACES);
    expect(directory.list()[0]?.epochMs).toBe(LISTED_SPACES + 4);
  });

  it("never lets an older revision replace a newer one, whichever comes last", () => {
    const { directory, state } = directoryAndState();
    const first = space("backstage", 1);
    const third: SpaceSnapshot = { ...first, revision: 3, state: "live" };
    directory.publish(record(third));
    directory.publish(record({ ...first, revision: 2, title: "Late" }));
    expect(directory.get(first.id)?.snapshot).toEqual(third);
    expect(state.get(STATE_KEYS.space(first.id))).toEqual(third);
  });

  it("keeps the newer notes beside the newer snapshot, and shows no notes to anybody", () => {
    const { directory, state } = directoryAndState();
    const first = space("backstage", 1);
    const hand = { id: newUserId(), displayName: "Ann", raisedAtMs: 1 };
    const notes = { ...NO_NOTES, revision: 2, hands: [hand], handsRevision: 1 };
    directory.publish(record({ ...first, revision: 2 }, { ...NO_NOTES, revision: 1 }));
    directory.publish(record(first, notes));
    expect(directory.get(first.id)).toMatchObject({ snapshot: { revision: 2 }, notes });
    expect(JSON.stringify([...state.values()])).not.toContain(hand.id);
  });

  it("takes a forgotten space out of the relay's state", () => {
    const { directory, state } = directoryAndState();
    const ended = space("ended", 1);
    directory.publish(record(ended));
    directory.forget(ended.id);
    expect(directory.get(ended.id)).toBeUndefined();
    expect(state.size).toBe(0);
  });
});
