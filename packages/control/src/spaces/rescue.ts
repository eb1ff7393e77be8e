import type { Relay, Unsubscribe } from "@rostra/relay";
import {
  type Cancel,
  type Clock,
  isService,
  type SpaceId,
  type SpaceSnapshot,
  STATE_KEYS,
} from "@rostra/wire";
import type { Logger } from "pino";
import { DecidedElsewhere } from "../errors.ts";
import type { SpaceDirectory } from "./directory.ts";
import { repaired, type StagesNow } from "./pairs.ts";
import type { Placement } from "./placement.ts";
import type { Spaces } from "./spaces.ts";
import { VouchedStages } from "./vouched-stages.ts";

/** A stage that is started again under its name within this time keeps its spaces, ms. */
const GRACE_MS = 500;
/** After our own start nobody is missed before all had time to say that they are there, ms. */
const START_GRACE_MS = 5_000;
/** Spaces that open, and changes that failed, are looked at this often, ms. */
const EVERY_MS = 1_000;
/** Spaces that are changed at once: each takes a turn in the store. */
const MAX_REPAIRS = 100;

export interface RescueParts {
  readonly spaces: Spaces;
  readonly directory: SpaceDirectory;
  readonly placement: Placement;
  readonly relay: Relay;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Sees to it that each space has its stages. One whose first has gone goes on with its second, at
 * once, or on another stage; one that lacks a second gets it: the same space, the same link, and
 * whoever speaks or listens follows by themself. Where no other stage is, spaces wait for theirs.
 * Several controls do the same: each change is decided in the space's transaction, and what another
 * one has given a space isn't taken away because we don't see it.
 */
export class Rescue {
  readonly #parts: RescueParts;
  readonly #unwatch: Unsubscribe;
  /** Since when a stage has been away, of those that we have seen. */
  readonly #awaySinceMs = new Map<string, number>();
  readonly #vouched = new VouchedStages();
  readonly #startedAtMs: number;
  #cancel: Cancel = () => {};
  #looking = false;
  #mustLookAgain = false;
  #closed = false;

  constructor(parts: RescueParts) {
    this.#parts = parts;
    this.#startedAtMs = parts.clock.nowMs();
    let started = false;
    this.#unwatch = parts.relay.watch(STATE_KEYS.services, (key, value) => {
      const name = key.slice(STATE_KEYS.services.length);
      const isHere = isService(value) && value.role === "stage";
      if (isHere) this.#awaySinceMs.delete(name);
      else if (value === undefined) this.#awaySinceMs.set(name, parts.clock.nowMs());
      // Somebody went, or somebody came to whom spaces can go that have nowhere to be.
      if (started && (isHere || value === undefined)) this.#lookIn(0);
    });
    started = true;
    this.#lookIn(EVERY_MS);
  }

  close(): void {
    this.#closed = true;
    this.#cancel();
    this.#unwatch();
  }

  #lookIn(delayMs: number): void {
    if (this.#closed) return;
    this.#cancel();
    this.#cancel = this.#parts.clock.after(delayMs, () => void this.#look());
  }

  async #look(): Promise<void> {
    this.#mustLookAgain = this.#looking;
    if (this.#looking) return;
    this.#looking = true;
    const { log } = this.#parts;
    const wrong = this.#wrong();
    const repairs = await Promise.allSettled(wrong.map((id) => this.#repair(id)));
    const failed = repairs.find((repair) => repair.status === "rejected");
    // Where another control decides, it is the one to do it.
    if (failed !== undefined && !(failed.reason instanceof DecidedElsewhere)) {
      log.warn({ err: failed.reason }, "can't give a space its stages: trying again");
    }
    this.#looking = false;
    const isMore = this.#mustLookAgain || (failed === undefined && wrong.length === MAX_REPAIRS);
    this.#lookIn(isMore ? 0 : this.#nextLookMs());
  }

  /** Spaces that lack a stage that they could have. */
  #wrong(): SpaceId[] {
    const wrong: SpaceId[] = [];
    for (const space of this.#parts.directory.all()) {
      if (this.#repaired(space) === space) continue;
      wrong.push(space.id);
      if (wrong.length === MAX_REPAIRS) break;
    }
    return wrong;
  }

  /** While somebody is away who may be back, it is looked at when that is over. */
  #nextLookMs(): number {
    const nowMs = this.#parts.clock.nowMs();
    const waits = [...this.#awaySinceMs.values()].map((sinceMs) => sinceMs + GRACE_MS - nowMs);
    return Math.min(EVERY_MS, ...waits.filter((ms) => ms > 0));
  }

  #repaired(space: SpaceSnapshot): SpaceSnapshot {
    const { placement, directory, clock } = this.#parts;
    const nowMs = clock.nowMs();
    this.#note(space);
    const has = (name: string) => placement.has(name) || this.#vouched.has(space.id, name, nowMs);
    const stages: StagesNow = {
      has,
      isLost: (name) => !has(name) && this.#isAwayForLong(name, nowMs),
      another: () => (placement.all.length === 0 ? undefined : placement.choose(directory.all())),
      beside: (first) => placement.chooseBeside(first, () => directory.all()),
    };
    return repaired(space, stages);
  }

  #note(space: SpaceSnapshot): void {
    const { placement, clock } = this.#parts;
    this.#vouched.take(space, (name) => placement.has(name), clock.nowMs());
  }

  #isAwayForLong(name: string, nowMs: number): boolean {
    const sinceMs = this.#awaySinceMs.get(name);
    // Never seen: it may be about to say that it is there.
    if (sinceMs === undefined) return nowMs - this.#startedAtMs >= START_GRACE_MS;
    return nowMs - sinceMs >= GRACE_MS;
  }

  async #repair(id: SpaceId): Promise<void> {
    const { spaces, log } = this.#parts;
    // What another control has done already is right, and stays.
    const { snapshot } = await spaces.change(id, (record) => {
      const snapshot = this.#repaired(record.snapshot);
      return snapshot === record.snapshot ? record : { ...record, snapshot };
    });
    this.#note(snapshot);
    const { stageName: stage, secondStageName: second, term } = snapshot;
    log.info({ space: id, stage, second, term }, "the space has its stages");
  }
}
