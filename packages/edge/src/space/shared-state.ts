import type { Relay, Unsubscribe } from "@rostra/relay";
import {
  type Clock,
  type EdgeListenerCounts,
  type HandQueue,
  hasProgram,
  isEdgeListenerCounts,
  isHandQueue,
  isService,
  isSpaceId,
  isSpaceSnapshot,
  isStageActivity,
  MissedSpaces,
  NO_ACTIVITY,
  NO_HANDS,
  type Service,
  type SpaceId,
  type SpaceSnapshot,
  STATE_KEYS,
  type StageActivity,
  type StageStatus,
  stagesOf,
} from "@rostra/wire";
import type { Logger } from "pino";
import type { HoldingSound } from "../program/holding.ts";

/**
 * What a stage said of who is there outlives it by this, ms: one that takes over from it says it anew within 100 ms of
 * hearing so, which may be before we take the other for gone or after.
 */
const ACTIVITY_MISSED_MS = 1_000;

/** Called after the new state can be looked up. */
export interface SharedStateHandlers {
  /** A new space, or a newer snapshot of a known one. */
  readonly onSpace: (space: SpaceSnapshot) => void;
  /** Control let go of a space altogether, a while ago. */
  readonly onSpaceGone: (id: SpaceId) => void;
  /** Whatever may change the stage's status of one space, or of all. */
  readonly onStage: (id: SpaceId | undefined) => void;
  /** Hands were raised, lowered, or may be raised no more. */
  readonly onHands: (id: SpaceId) => void;
  /** An edge has counted its listeners. */
  readonly onCounts: () => void;
}

export interface SharedStateOptions {
  readonly relay: Pick<Relay, "watch" | "onReach">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly holding: HoldingSound;
  readonly handlers: SharedStateHandlers;
}

/**
 * What the relay says of spaces, stages and services, checked and kept for look-ups. All of it
 * stays as it was last known when its writer dies; only service entries go with their process.
 */
export class SharedState {
  readonly #spaces = new Map<SpaceId, SpaceSnapshot>();
  readonly #activities = new Map<SpaceId, StageActivity>();
  readonly #hands = new Map<SpaceId, HandQueue>();
  readonly #services = new Map<string, Service>();
  readonly #counts = new Map<string, EdgeListenerCounts>();
  readonly #options: SharedStateOptions;
  readonly #missed: MissedSpaces;
  readonly #missedActivities: MissedSpaces;
  #isReachable = true;
  #unsubscribes: readonly Unsubscribe[] = [];

  constructor(options: SharedStateOptions) {
    this.#options = options;
    this.#missed = new MissedSpaces(options.clock, (id) => {
      this.#spaces.delete(id);
      options.handlers.onSpaceGone(id);
    });
    const forget = (id: SpaceId) => this.#forgetActivity(id);
    this.#missedActivities = new MissedSpaces(options.clock, forget, ACTIVITY_MISSED_MS);
  }

  /** Begins to watch; the handlers are called for all that stands before this returns. */
  open(): void {
    const { relay, handlers } = this.#options;
    this.#unsubscribes = [
      relay.onReach((isReachable) => {
        this.#isReachable = isReachable;
        handlers.onStage(undefined);
      }),
      // Spaces come last: when one appears, all that belongs to it is known already.
      relay.watch(STATE_KEYS.holdingLoop, (_, value) => this.#takeLoop(value)),
      relay.watch(STATE_KEYS.services, (key, value) => {
        this.#keep(this.#services, key.slice(STATE_KEYS.services.length), value, isService);
        handlers.onStage(undefined);
      }),
      relay.watch(STATE_KEYS.activities, (key, value) => {
        const id = key.slice(STATE_KEYS.activities.length);
        if (isSpaceId(id)) this.#takeActivity(id, value);
      }),
      relay.watch(STATE_KEYS.handQueues, (key, value) => {
        const id = key.slice(STATE_KEYS.handQueues.length);
        if (!isSpaceId(id)) return;
        this.#keep(this.#hands, id, value, isHandQueue);
        handlers.onHands(id);
      }),
      relay.watch(STATE_KEYS.listenerCounts, (key, value) => {
        const edge = key.slice(STATE_KEYS.listenerCounts.length);
        this.#keep(this.#counts, edge, value, isEdgeListenerCounts);
        handlers.onCounts();
      }),
      relay.watch(STATE_KEYS.spaces, (key, value) => this.#takeSpace(key, value)),
    ];
  }

  space(id: SpaceId): SpaceSnapshot | undefined {
    return this.#spaces.get(id);
  }

  service(name: string): Service | undefined {
    return this.#services.get(name);
  }

  services(): readonly Service[] {
    return [...this.#services.values()];
  }

  /** What the stages of a space say, and whether any of them is there for us to hear. */
  stageStatus(space: SpaceSnapshot): StageStatus {
    const up = this.#isStageThere(space) && this.#isReachable;
    const isRunning = up && hasProgram(space.state);
    const activity = (isRunning && this.#activities.get(space.id)) || NO_ACTIVITY;
    return { ...activity, up };
  }

  /** Whether anything of the other processes can be heard. */
  get isReachable(): boolean {
    return this.#isReachable;
  }

  hands(id: SpaceId): HandQueue {
    return this.#hands.get(id) ?? NO_HANDS;
  }

  /** How many listen to a space on all edges but `exceptEdge`. */
  listenersElsewhere(id: SpaceId, exceptEdge: string): number {
    let sum = 0;
    for (const [edge, counts] of this.#counts) if (edge !== exceptEdge) sum += counts[id] ?? 0;
    return sum;
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
    this.#missed.close();
    this.#missedActivities.close();
  }

  #isStageThere(space: SpaceSnapshot): boolean {
    return stagesOf(space).some((name) => this.#services.get(name)?.role === "stage");
  }

  #isPairThere(id: SpaceId): boolean {
    const space = this.#spaces.get(id);
    return space?.secondStageName !== undefined && this.#isStageThere(space);
  }

  #takeActivity(id: SpaceId, value: unknown): void {
    if (value === undefined) {
      this.#missedActivities.miss(id);
      return;
    }
    this.#missedActivities.found(id);
    this.#keep(this.#activities, id, value, isStageActivity);
    this.#options.handlers.onStage(id);
  }

  #forgetActivity(id: SpaceId): void {
    // Of a pair the other stage has them all, and will say so when it takes over.
    if (this.#isPairThere(id)) return;
    this.#activities.delete(id);
    this.#options.handlers.onStage(id);
  }

  /** What isn't valid counts as not there. */
  #keep<K, V>(
    map: Map<K, V>,
    key: K,
    value: unknown,
    isValid: (value: unknown) => value is V,
  ): void {
    if (isValid(value)) map.set(key, value);
    else map.delete(key);
  }

  #takeSpace(key: string, value: unknown): void {
    const { handlers, log } = this.#options;
    const id = key.slice(STATE_KEYS.spaces.length);
    if (!isSpaceId(id)) return;
    if (value === undefined) {
      if (this.#spaces.has(id)) this.#missed.miss(id);
      return;
    }
    if (!isSpaceSnapshot(value) || value.id !== id) {
      log.warn({ key }, "the relay holds something that is no space");
      return;
    }
    this.#missed.found(id);
    // An older snapshot can come late, from a control that was about to die.
    const held = this.#spaces.get(id);
    if (held !== undefined && held.revision > value.revision) return;
    this.#spaces.set(id, value);
    handlers.onSpace(value);
  }

  #takeLoop(value: unknown): void {
    if (value === undefined) return;
    try {
      this.#options.holding.use(value);
    } catch (err) {
      this.#options.log.warn({ err }, "the holding loop on the relay is of no use");
    }
  }
}
