import { memoryRelay } from "@rostra/relay";
import { VirtualClock } from "@rostra/testkit";
import { newSpaceId, STATE_KEYS } from "@rostra/wire";
import { expect, it } from "vitest";
import { Raids } from "./raids.ts";

const plan = () => ({
  from: newSpaceId(),
  fromTitle: "Bridges",
  to: newSpaceId(),
  toTitle: "Rivers",
  listeners: 4_000,
});

function begin() {
  const clock = new VirtualClock();
  const relays = memoryRelay();
  const shown = new Set<string>();
  relays.join().watch(STATE_KEYS.raids, (key, value) => {
    if (value === undefined) shown.delete(key);
    else shown.add(key);
  });
  return { clock, shown, join: () => ({ relay: relays.join(), clock }) };
}

it("goes on, and comes to its end, when the control that called it is gone", async () => {
  const { clock, shown, join } = begin();
  const caller = join();
  const [called, other] = [new Raids(caller.relay, clock), new Raids(join().relay, clock)];
  const raid = called.announce(plan());
  called.close();
  await caller.relay.close();
  clock.advance(73_000);
  expect(other.of(raid.to)).toEqual(raid);
  expect(shown.size).toBe(1);
  clock.advance(1_000);
  expect(other.of(raid.from)).toBeUndefined();
  expect(shown.size).toBe(0);
});

it("is called off at another control than it was called at", () => {
  const { clock, shown, join } = begin();
  const [called, other] = [new Raids(join().relay, clock), new Raids(join().relay, clock)];
  const raid = called.announce(plan());
  other.callOff(raid.from);
  expect(shown.size).toBe(0);
  expect(called.of(raid.from)).toBeUndefined();
  // Its space may call another one, and the timer of the first doesn't end that.
  clock.advance(70_000);
  const again = called.announce({ ...raid, to: newSpaceId() });
  clock.advance(10_000);
  expect(other.of(raid.from)).toEqual(again);
});

it("that was over while no control was there is taken away by the next", async () => {
  const { clock, shown, join } = begin();
  const caller = join();
  const called = new Raids(caller.relay, clock);
  called.announce(plan());
  called.close();
  await caller.relay.close();
  const alone = join();
  clock.advance(600_000);
  expect(shown.size).toBe(1);
  const late = new Raids(alone.relay, clock);
  clock.advance(1);
  expect(late.of(newSpaceId())).toBeUndefined();
  expect(shown.size).toBe(0);
});
