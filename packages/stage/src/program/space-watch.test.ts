import { memoryRelay } from "@rostra/relay";
import { testSpace, VirtualClock } from "@rostra/testkit";
import { type SpaceId, STATE_KEYS } from "@rostra/wire";
import { expect, test } from "vitest";
import { SpaceWatch } from "./space-watch.ts";

function watchedWorld() {
  const world = memoryRelay();
  const clock = new VirtualClock();
  const watch = new SpaceWatch(world.join(), clock);
  const changes: (number | undefined)[] = [];
  watch.start((_id, snapshot) => changes.push(snapshot?.revision));
  return { control: world.join(), clock, watch, changes };
}

test("an older or equal snapshot never replaces a newer one", () => {
  const { control, watch, changes } = watchedWorld();
  const snapshot = testSpace({ revision: 5 });
  const key = STATE_KEYS.space(snapshot.id);
  control.put(key, snapshot);
  control.put(key, { ...snapshot, revision: 4, title: "old" });
  control.put(key, { ...snapshot, title: "same" });
  control.put(key, { ...snapshot, revision: 6, title: "new" });
  expect(changes).toEqual([5, 6]);
  expect(watch.get(snapshot.id)?.title).toBe("new");
});

test("a space that vanishes goes on as it was, and is gone where it doesn't come back", () => {
  const { control, clock, watch, changes } = watchedWorld();
  const snapshot = testSpace({ revision: 5 });
  const key = STATE_KEYS.space(snapshot.id);
  control.put(key, snapshot);
  control.put(key, undefined);
  clock.advance(5_000);
  expect(watch.get(snapshot.id)?.revision).toBe(5);
  control.put(key, snapshot);
  clock.advance(60_000);
  expect(changes).toEqual([5]);
  control.put(key, undefined);
  clock.advance(60_000);
  expect(changes).toEqual([5, undefined]);
  expect(watch.get(snapshot.id)).toBeUndefined();
  expect(clock.pending).toBe(0);
});

test("what is no snapshot, or is filed under another id, changes nothing", () => {
  const { control, watch, changes } = watchedWorld();
  const snapshot = testSpace();
  control.put(STATE_KEYS.space(snapshot.id), { id: snapshot.id });
  control.put(STATE_KEYS.space("elsewhere" as SpaceId), snapshot);
  expect(changes).toEqual([]);
  expect(watch.get(snapshot.id)).toBeUndefined();
});

test("nothing more is heard after closing", () => {
  const { control, watch, changes } = watchedWorld();
  watch.close();
  const snapshot = testSpace();
  control.put(STATE_KEYS.space(snapshot.id), snapshot);
  expect(changes).toEqual([]);
});
