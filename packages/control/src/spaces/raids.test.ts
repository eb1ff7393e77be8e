import { memoryRelay } from "@rostra/relay";
import { VirtualClock } from "@rostra/testkit";
import { newSpaceId, type Raid, STATE_KEYS } from "@rostra/wire";
import fc from "fast-check";
import { expect, it } from "vitest";
import { Raids, standing } from "./raids.ts";

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
  const raid = (await called.announce(plan()))!;
  called.close();
  await caller.relay.close();
  clock.advance(73_000);
  expect(other.of(raid.to)).toEqual(raid);
  expect(shown.size).toBe(1);
  clock.advance(1_000);
  expect(other.of(raid.from)).toBeUndefined();
  expect(shown.size).toBe(0);
});

it("is called off at another control than it was called at", async () => {
  const { clock, shown, join } = begin();
  const [called, other] = [new Raids(join().relay, clock), new Raids(join().relay, clock)];
  const raid = (await called.announce(plan()))!;
  other.callOff(raid.from);
  expect(shown.size).toBe(0);
  expect(called.of(raid.from)).toBeUndefined();
  // Its space may call another one, and the timer of the first doesn't end that.
  clock.advance(70_000);
  const again = await called.announce({ ...raid, to: newSpaceId() });
  clock.advance(10_000);
  expect(other.of(raid.from)).toEqual(again);
});

it("that was over while no control was there is taken away by the next", async () => {
  const { clock, shown, join } = begin();
  const caller = join();
  const called = new Raids(caller.relay, clock);
  await called.announce(plan());
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

it("called beside another that shares a space with it stands, or is called off, alike at every control", async () => {
  const { clock, shown, join } = begin();
  const [one, other] = [join(), join()];
  const here = new Raids(one.relay, clock);
  const first = (await here.announce(plan()))!;
  // As if it came from a control that hadn't heard of the first: it begins a moment later.
  const chained = { ...plan(), from: first.to, startsAtMs: first.startsAtMs + 1, spreadMs: 2_000 };
  other.relay.put(STATE_KEYS.raid(chained.from), chained);
  expect([...shown]).toEqual([STATE_KEYS.raid(first.from)]);
  // One that began before it is the one that stands; whoever called the later one is told.
  const earlier = { ...plan(), to: first.from, startsAtMs: first.startsAtMs - 1, spreadMs: 2_000 };
  other.relay.put(STATE_KEYS.raid(earlier.from), earlier);
  expect([...shown]).toEqual([STATE_KEYS.raid(earlier.from)]);
  expect(here.of(first.to)).toBeUndefined();
  expect(await here.announce({ ...first, to: newSpaceId() })).toBeUndefined();
  expect([...shown]).toEqual([STATE_KEYS.raid(earlier.from)]);
});

it("is never one of two that share a space, whatever was called at once", () => {
  const ids = Array.from({ length: 6 }, () => newSpaceId());
  const called = fc
    .record({ from: fc.constantFrom(...ids), to: fc.constantFrom(...ids), at: fc.nat(3) })
    .map(({ from, to, at }): Raid => ({ ...plan(), from, to, startsAtMs: at, spreadMs: 1 }));
  const some = fc.uniqueArray(called, { selector: ({ from }) => from, minLength: 1 });
  fc.assert(
    fc.property(some, fc.infiniteStream(fc.nat()), (raids, chance) => {
      const stands = standing(raids);
      const spaces = stands.flatMap(({ from, to }) => (from === to ? [from] : [from, to]));
      expect(new Set(spaces).size).toBe(spaces.length);
      expect(stands.length).toBeGreaterThan(0);
      // In whatever order a control has heard of them.
      const shuffled = raids
        .map((raid) => ({ raid, rank: chance.next().value as number }))
        .sort((a, b) => a.rank - b.rank)
        .map(({ raid }) => raid);
      expect(standing(shuffled)).toEqual(stands);
    }),
  );
});
