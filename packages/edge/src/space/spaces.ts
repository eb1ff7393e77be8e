import { hasProgram, type SpaceId, type SpaceSnapshot, STATE_KEYS } from "@rostra/wire";
import { BOUNDS } from "../bounds.ts";
import { FleetAudience } from "../events/fleet-audience.ts";
import { Raids } from "../events/raids.ts";
import { TokenCheck } from "../events/token-check.ts";
import type { CadenceChange } from "../fanout/cadence-policy.ts";
import { Apart } from "./apart.ts";
import { LiveSpace, type SpaceContext } from "./live-space.ts";
import { SharedState } from "./shared-state.ts";

/** What an edge can say about an id. */
export type Lookup =
  | { readonly kind: "unknown" }
  | { readonly kind: "scheduled"; readonly space: SpaceSnapshot }
  /** Who is still fetching its end may {@link Spaces.open} it for a while yet. */
  | { readonly kind: "ended"; readonly space: SpaceSnapshot }
  | { readonly kind: "live"; readonly space: SpaceSnapshot };

/**
 * All spaces that this edge knows of, and those that it carries: a space's sound is followed from the
 * first who wants to hear it until a while after the last.
 */
export class Spaces {
  /** What the relay says, also of what this edge doesn't carry. */
  readonly state: SharedState;
  readonly #context: SpaceContext;
  readonly #fleet: FleetAudience;
  readonly #tokens: TokenCheck;
  readonly #raids: Raids;
  readonly #live = new Map<SpaceId, LiveSpace>();
  readonly #apart = new Apart();
  #closed = false;
  #lastCountsMs = 0;
  #lastCounts = "{}";

  constructor(context: SpaceContext) {
    this.#context = context;
    this.#tokens = new TokenCheck(context.relay);
    this.#raids = new Raids(context.relay, () => this.#shareRaids());
    this.#fleet = new FleetAudience(context.relay, context.edgeName, {
      onAudience: (id) => this.#shareCounts(id),
      onNotice: (id, notice) => this.#live.get(id)?.room.events.setNotice(notice),
      onHiddenNames: (id, fresh) => this.#live.get(id)?.audience.hideNames(fresh),
      onReactions: (id, counts) => this.#live.get(id)?.audience.reactions.addElsewhere(counts),
    });
    this.state = new SharedState({
      relay: context.relay,
      clock: context.clock,
      log: context.log,
      holding: context.holding,
      handlers: {
        onSpace: (space) => this.#onSpace(space),
        onSpaceGone: (id) => this.#live.get(id)?.end(context.clock.nowMs()),
        onStage: (id) => this.#onStage(id),
        onHands: (id) => this.#live.get(id)?.room.events.setHands(this.state.hands(id)),
        onCounts: () => this.#shareCounts(),
      },
    });
    this.state.open();
  }

  /** A look-up in memory: a join touches no store. */
  find(id: SpaceId): Lookup {
    const space = this.state.space(id);
    if (space === undefined) return { kind: "unknown" };
    if (space.state === "ended") return { kind: "ended", space };
    return { kind: hasProgram(space.state) ? "live" : "scheduled", space };
  }

  /**
   * For somebody who wants to hear it: its sound is followed from here on.
   * @param space with a program, or ended
   * @returns undefined where it ended too long ago
   */
  open(space: SpaceSnapshot): LiveSpace | undefined {
    const live = this.#live.get(space.id) ?? this.#begin(space);
    live?.want();
    return live;
  }

  #begin(space: SpaceSnapshot): LiveSpace | undefined {
    const nowMs = this.#context.clock.nowMs();
    const isOver = nowMs - (space.endedAtMs ?? 0) > BOUNDS.afterEndMs;
    if (space.state === "ended" && isOver) return undefined;
    const { metrics } = this.#context;
    const tokens = this.#tokens;
    const fresh = new LiveSpace(space, { ...this.#context, fleet: this.#fleet, tokens });
    this.#live.set(space.id, fresh);
    metrics.spaces.set(this.#live.size);
    if (space.endedAtMs !== null) fresh.end(space.endedAtMs);
    this.#refresh(fresh);
    fresh.audience.open();
    // All of it stands in the welcome of who comes first.
    fresh.room.events.beat();
    return fresh;
  }

  #letGo(live: LiveSpace): void {
    this.#live.delete(live.snapshot.id);
    this.#context.metrics.spaces.set(this.#live.size);
    live.letGo();
  }

  /** Listeners on this edge, of all spaces: asked at each join, so nothing is gone through for it. */
  get listeners(): number {
    const { websocket, ogg, aac } = this.#context.metrics.sums.listeners;
    return websocket + ogg + aac;
  }

  /** Of one space, on all edges. */
  listenersOf(id: SpaceId): number {
    const elsewhere = this.state.listenersElsewhere(id, this.#context.edgeName);
    return elsewhere + this.#countedOf(this.#live.get(id));
  }

  #countedOf(live: LiveSpace | undefined): number {
    if (live === undefined || this.#apart.isApart(this.#context.clock.nowMs())) return 0;
    return live.room.listeners;
  }

  /** Connections on this edge that follow room events alone, of all spaces. */
  get followers(): number {
    return this.#context.metrics.sums.listeners.events;
  }

  /** Links in waiting on this edge, of all spaces. */
  get standbys(): number {
    return this.#context.metrics.sums.standbys;
  }

  /**
   * @param most of those that may stay: places are needed for who listens
   * @param goes whether nobody may, since this edge goes
   */
  keepStandbys(most: number, goes: boolean): void {
    let over = this.standbys - most;
    for (const { room } of over > 0 ? this.#live.values() : []) {
      const count = Math.min(over, room.standbys.size);
      room.standbys.shed(count, goes);
      over -= count;
    }
  }

  /** Chunks get longer or shorter, in all spaces. */
  setCadence(change: CadenceChange): void {
    for (const live of this.#live.values()) live.setCadence(change);
  }

  /** Everything that happens at a beat, space by space: a mistake in one leaves the others be. */
  beat(nowMs: number): void {
    this.#apart.beat(nowMs, this.state.isReachable);
    for (const [id, live] of this.#live) {
      try {
        live.beat(nowMs);
      } catch (err) {
        this.#context.log.error({ err, space: id }, "a beat failed");
      }
      const isOver = live.endedAtMs !== undefined && nowMs - live.endedAtMs > BOUNDS.afterEndMs;
      if (isOver || live.isUnwanted(nowMs)) this.#letGo(live);
    }
    this.#tokens.turn();
    this.#reportCounts(nowMs);
  }

  /** All that are followed here. */
  get live(): Iterable<LiveSpace> {
    return this.#live.values();
  }

  /** True when nobody may come in any more. */
  get closed(): boolean {
    return this.#closed;
  }

  /** @param retryAfterMs asked for each listener */
  close(retryAfterMs: () => number): void {
    this.#closed = true;
    this.state.close();
    this.#fleet.close();
    this.#tokens.close();
    this.#raids.close();
    for (const live of this.#live.values()) live.close(retryAfterMs);
  }

  #onSpace(space: SpaceSnapshot): void {
    const live = this.#live.get(space.id);
    if (live === undefined) return;
    live.update(space);
    this.#refresh(live);
  }

  #refresh(live: LiveSpace): void {
    this.#shareStage(live);
    const notice = this.#fleet.notice(live.snapshot.id);
    if (notice !== undefined) live.room.events.setNotice(notice);
    live.room.events.setHands(this.state.hands(live.snapshot.id));
    this.#shareCount(live);
    this.#shareRaid(live);
  }

  #shareRaids(): void {
    for (const live of [...this.#live.values()]) this.#shareRaid(live);
  }

  /** Both rooms of a raid are told how many have come along. */
  #shareRaid(live: LiveSpace): void {
    const { room, audience, snapshot } = live;
    const [leaving, arriving] = [
      this.#raids.leaving(snapshot.id),
      this.#raids.arriving(snapshot.id),
    ];
    audience.setRaid(arriving?.from);
    // Those who come along are counted here until it's over.
    if (arriving !== undefined) live.want();
    room.events.setRaid({
      side: "arriving",
      raid: arriving ?? null,
      arrived: arriving === undefined ? 0 : audience.arrived,
    });
    // Where they go they find all ready.
    const target = leaving && this.state.space(leaving.to);
    const there = target && hasProgram(target.state) ? this.open(target) : undefined;
    const arrived = there?.audience.arrived ?? 0;
    room.events.setRaid({ side: "leaving", raid: leaving ?? null, arrived });
  }

  #shareCount(live: LiveSpace): void {
    const { room, snapshot } = live;
    if (this.#context.sheds("counts")) return;
    // Our own count is known here first: what the relay says of it is left out of the sum.
    const elsewhere = this.state.listenersElsewhere(snapshot.id, this.#context.edgeName);
    const here = this.#countedOf(live);
    room.events.setListeners(elsewhere + here, this.#fleet.peak(snapshot.id));
  }

  #onStage(id: SpaceId | undefined): void {
    const live = id === undefined ? [...this.#live.values()] : [this.#live.get(id)];
    for (const it of live) if (it !== undefined) this.#shareStage(it);
  }

  /** Under the last pressure before sound suffers, who speaks isn't told: who is there is. */
  #shareStage({ room, snapshot }: LiveSpace): void {
    const status = this.state.stageStatus(snapshot);
    const quiet = this.#context.sheds("notices") && status.speaking.length > 0;
    room.events.setStage(quiet ? { ...status, speaking: [] } : status);
  }

  /** @param id of the space whose counts may have changed; left out: all */
  #shareCounts(id?: SpaceId): void {
    const live = id === undefined ? [...this.#live.values()] : [this.#live.get(id)];
    for (const it of live) if (it !== undefined) this.#shareCount(it);
  }

  /** Sums by space, at most once a second and only when they change. */
  #reportCounts(nowMs: number): void {
    if (nowMs - this.#lastCountsMs < BOUNDS.countsMs) return;
    this.#lastCountsMs = nowMs;
    const counts: Record<string, number> = {};
    for (const [id, live] of this.#live) {
      const here = this.#countedOf(live);
      if (here > 0) counts[id] = here;
    }
    // Also where nothing has changed here: counts that were let go of under pressure come back.
    this.#shareCounts();
    this.#shareRaids();
    const text = JSON.stringify(counts);
    if (text === this.#lastCounts) return;
    this.#lastCounts = text;
    const key = STATE_KEYS.listenerCount(this.#context.edgeName);
    this.#context.relay.put(key, counts, { ephemeral: true });
  }
}
