import type { Relay, Unsubscribe } from "@rostra/relay";
import { type Cancel, type Clock, isRaid, type Raid, type SpaceId, STATE_KEYS } from "@rostra/wire";

/** From the announcement to the first who move, ms: the hosts of both may say no, and listeners. */
const NOTICE_MS = 10_000;
/** Listeners that move in a second: an edge lets in eight times as many. */
const PER_SECOND = 1_000;
const LEAST_SPREAD_MS = 2_000;
const MOST_SPREAD_MS = 60_000;
/** It stands for so long when all should have arrived, ms: hosts see how many have. */
const AFTERWARDS_MS = 60_000;

/** What a raid is made of. */
export type RaidPlan = Pick<Raid, "from" | "fromTitle" | "to" | "toTitle" | "listeners">;

/**
 * Of raids that were called at the same moment, at two controls maybe, those that stand: no space is part of
 * two. Nobody is taken on from where they have just been taken to, back to where they came from, or
 * round in a ring; and no two audiences come at once. The one that begins first stands; then by name.
 * Pure: every control makes the same of the same raids.
 */
export function standing(raids: readonly Raid[]): Raid[] {
  const taken = new Set<SpaceId>();
  const rank = ({ startsAtMs, from }: Raid) => `${String(startsAtMs).padStart(16, "0")} ${from}`;
  const inOrder = raids.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
  return inOrder.filter(({ from, to }) => {
    if (taken.has(from) || taken.has(to)) return false;
    taken.add(from).add(to);
    return true;
  });
}

/**
 * Raids that are under way, by whichever control they were called. One lies whole in the fleet's
 * shared state, when it begins and how long it takes included: so each control sees to the end of all
 * of them, and none hangs on the one that it was called at. Nothing of them is kept for good.
 */
export class Raids {
  readonly #relay: Relay;
  readonly #clock: Clock;
  readonly #standing = new Map<SpaceId, Raid>();
  readonly #timers = new Map<SpaceId, Cancel>();
  readonly #unwatch: Unsubscribe;

  constructor(relay: Relay, clock: Clock) {
    this.#relay = relay;
    this.#clock = clock;
    this.#unwatch = relay.watch(STATE_KEYS.raids, (key, value) => {
      const from = key.slice(STATE_KEYS.raids.length) as SpaceId;
      this.#timers.get(from)?.();
      this.#timers.delete(from);
      this.#standing.delete(from);
      if (isRaid(value) && value.from === from) this.#take(value);
    });
  }

  /** The raid that a space is part of, on either side. */
  of(id: SpaceId): Raid | undefined {
    const leaving = this.#standing.get(id);
    return leaving ?? [...this.#standing.values()].find(({ to }) => to === id);
  }

  /**
   * Tells both rooms.
   * @returns undefined where another raid of one of the two was called in the same moment
   */
  async announce(plan: RaidPlan): Promise<Raid | undefined> {
    const spreadMs = Math.round((plan.listeners / PER_SECOND) * 1_000);
    const raid: Raid = {
      ...plan,
      startsAtMs: Math.floor(this.#clock.nowMs()) + NOTICE_MS,
      spreadMs: Math.min(MOST_SPREAD_MS, Math.max(LEAST_SPREAD_MS, spreadMs)),
    };
    this.#relay.put(STATE_KEYS.raid(raid.from), raid);
    // Known here at once, so that no second one is called here meanwhile.
    this.#take(raid);
    // What was said before it at other controls is here by now, as a rule; else it is called off later.
    await this.#relay.flush().catch(() => {});
    const stands = this.of(raid.from);
    return stands?.from === raid.from && stands.to === raid.to ? raid : undefined;
  }

  /** Called off: who hasn't moved stays. Nothing under way is no error. */
  callOff(from: SpaceId): void {
    if (this.#standing.has(from)) this.#takeAway(from);
  }

  close(): void {
    this.#unwatch();
    for (const cancel of this.#timers.values()) cancel();
  }

  /** Also one that was over while no control was there: it goes at once. */
  #take(raid: Raid): void {
    const { from } = raid;
    this.#timers.get(from)?.();
    this.#standing.set(from, raid);
    const stands = new Set(standing([...this.#standing.values()]));
    const lost = [...this.#standing.values()].filter((each) => !stands.has(each));
    for (const each of lost) this.#takeAway(each.from);
    if (lost.includes(raid)) return;
    const overAtMs = raid.startsAtMs + raid.spreadMs + AFTERWARDS_MS;
    const leftMs = Math.max(0, overAtMs - this.#clock.nowMs());
    this.#timers.set(
      from,
      this.#clock.after(leftMs, () => this.#takeAway(from)),
    );
  }

  #takeAway(from: SpaceId): void {
    this.#timers.get(from)?.();
    this.#timers.delete(from);
    this.#standing.delete(from);
    this.#relay.put(STATE_KEYS.raid(from), undefined);
  }
}
