import type { Unsubscribe } from "@rostra/relay";
import { hasProgram, type SpaceId, type SpaceSnapshot, STATE_KEYS } from "@rostra/wire";
import { BOUNDS } from "../bounds.ts";
import { FleetAudience } from "../events/fleet-audience.ts";
import { Raids } from "../events/raids.ts";
import { TokenCheck } from "../events/token-check.ts";
import type { CadenceChange } from "../fanout/cadence-policy.ts";
import { LiveSpace, type SpaceContext } from "./live-space.ts";
import { SharedState } from "./shared-state.ts";

/** What an edge can say about an id. */
export type Lookup =
  | { readonly kind: "unknown" }
  | { readonly kind: "scheduled"; readonly space: SpaceSnapshot }
  /** `live` is there for a while yet, for those who are still fetching its end. */
  | { readonly kind: "ended"; readonly live: LiveSpace | undefined }
  | { readonly kind: "live"; readonly live: LiveSpace };

/** All spaces that this edge knows of, and those with a program that it carries. */
export class Spaces {
  /** What the relay says, also of what this edge doesn't carry. */
  readonly state: SharedState;
  readonly #context: SpaceContext;
  readonly #fleet: FleetAudience;
  readonly #tokens: TokenCheck;
  readonly #raids: Raids;
  readonly #live = new Map<SpaceId, LiveSpace>();
  readonly #unsubscribe: Unsubscribe;
  #closed = false;
  #lastCountsMs = 0;
  #lastCounts = "{}";

  constructor(context: SpaceContext) {
    this.#context = context;
    // Frames before state: a space that appears must find its frames from then on.
    this.#unsubscribe = context.relay.onFrames((id, frames) => {
      try {
        this.#live.get(id)?.accept(frames);
      } catch (err) {
        context.log.error({ err, space: id }, "frames could not be handed out");
      }
    });
    this.#tokens = new TokenCheck(context.relay);
    this.#raids = new Raids(context.relay, () => this.#shareRaids());
    this.#fleet = new FleetAudience(context.relay, context.edgeName, {
      onAudience: (id) => this.#shareCounts(id),
      onNotice: (id, notice) => this.#live.get(id)?.room.events.setNotice(notice),
      onReactions: (id, counts) => this.#live.get(id)?.audience.reactions.addElsewhere(counts),
    });
    this.state = new SharedState({
      relay: context.relay,
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
    const live = this.#live.get(id);
    if (space === undefined) return { kind: "unknown" };
    if (space.state === "ended") return { kind: "ended", live };
    return live === undefined ? { kind: "scheduled", space } : { kind: "live", live };
  }

  /** Listeners on this edge, of all spaces. */
  get listeners(): number {
    let sum = 0;
    for (const live of this.#live.values()) sum += live.room.listeners;
    return sum;
  }

  /** Connections on this edge that follow room events alone, of all spaces. */
  get followers(): number {
    let sum = 0;
    for (const live of this.#live.values()) sum += live.room.followers;
    return sum;
  }

  /** Chunks get longer or shorter, in all spaces. */
  setCadence(change: CadenceChange): void {
    for (const live of this.#live.values()) live.setCadence(change);
  }

  /** Everything that happens at a beat, space by space: a mistake in one leaves the others be. */
  beat(nowMs: number): void {
    for (const [id, live] of this.#live) {
      try {
        live.beat(nowMs);
      } catch (err) {
        this.#context.log.error({ err, space: id }, "a beat failed");
      }
      if (live.endedAtMs !== undefined && nowMs - live.endedAtMs > BOUNDS.afterEndMs) {
        this.#live.delete(id);
      }
    }
    this.#tokens.turn();
    this.#reportCounts(nowMs);
  }

  /** All that have a program here. */
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
    this.#unsubscribe();
    this.state.close();
    this.#fleet.close();
    this.#tokens.close();
    this.#raids.close();
    for (const live of this.#live.values()) live.close(retryAfterMs);
  }

  #onSpace(space: SpaceSnapshot): void {
    const live = this.#live.get(space.id);
    if (live !== undefined) {
      live.update(space);
      this.#refresh(live);
    } else if (hasProgram(space.state)) {
      const fresh = new LiveSpace(space, {
        ...this.#context,
        fleet: this.#fleet,
        tokens: this.#tokens,
      });
      this.#live.set(space.id, fresh);
      this.#refresh(fresh);
    }
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
    for (const live of this.#live.values()) this.#shareRaid(live);
  }

  /** Both rooms of a raid are told how many have come along. */
  #shareRaid({ room, audience, snapshot }: LiveSpace): void {
    const [leaving, arriving] = [
      this.#raids.leaving(snapshot.id),
      this.#raids.arriving(snapshot.id),
    ];
    audience.setRaid(arriving?.from);
    room.events.setRaid({
      side: "arriving",
      raid: arriving ?? null,
      arrived: arriving === undefined ? 0 : audience.arrived,
    });
    const there = leaving && this.#live.get(leaving.to);
    const arrived = there?.audience.arrived ?? 0;
    room.events.setRaid({ side: "leaving", raid: leaving ?? null, arrived });
  }

  #shareCount({ room, snapshot }: LiveSpace): void {
    if (this.#context.sheds("counts")) return;
    // Our own count is known here first: what the relay says of it is left out of the sum.
    const elsewhere = this.state.listenersElsewhere(snapshot.id, this.#context.edgeName);
    room.events.setListeners(elsewhere + room.listeners, this.#fleet.peak(snapshot.id));
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
    for (const [id, { room }] of this.#live) if (room.listeners > 0) counts[id] = room.listeners;
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
