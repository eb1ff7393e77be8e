import type { Relay, Unsubscribe } from "@rostra/relay";
import {
  type Cancel,
  type Clock,
  hasProgram,
  isService,
  type SpaceId,
  type SpaceSnapshot,
  STATE_KEYS,
} from "@rostra/wire";
import type { Logger } from "pino";
import { type SpaceRecord, withSnapshot } from "../roles/record.ts";
import type { SpaceDirectory } from "./directory.ts";
import type { Placement } from "./placement.ts";
import type { Spaces } from "./spaces.ts";

/** A stage that is started again under its name within this time keeps its spaces, ms. */
const GRACE_MS = 500;
/** After our own start nobody is missed before all had time to say that they are there, ms. */
const START_GRACE_MS = 5_000;
const RETRY_MS = 1_000;

export interface RescueParts {
  readonly spaces: Spaces;
  readonly directory: SpaceDirectory;
  readonly placement: Placement;
  readonly relay: Relay;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Moves spaces to another stage when theirs has gone: the same space, the same link, and whoever
 * speaks or listens follows by themself. Where no other stage is, spaces wait for theirs.
 */
export class Rescue {
  readonly #parts: RescueParts;
  readonly #unwatch: Unsubscribe;
  readonly #here = new Set<string>();
  #cancel: Cancel;
  #closed = false;

  constructor(parts: RescueParts) {
    this.#parts = parts;
    this.#cancel = parts.clock.after(START_GRACE_MS, () => void this.#look());
    let started = false;
    this.#unwatch = parts.relay.watch(STATE_KEYS.services, (key, value) => {
      const name = key.slice(STATE_KEYS.services.length);
      if (isService(value) && value.role === "stage") this.#here.add(name);
      else if (!this.#here.delete(name)) return;
      // Somebody went, or somebody came to whom spaces can go that have nowhere to be.
      if (started) this.#lookIn(GRACE_MS);
    });
    started = true;
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
    if (this.#here.size === 0) return;
    const { directory, log } = this.#parts;
    const lost = [...directory.all()].filter((space) => this.#isLost(space));
    const moves = await Promise.allSettled(lost.map(({ id }) => this.#move(id)));
    const failed = moves.find((move) => move.status === "rejected");
    if (failed === undefined) return;
    log.warn({ err: failed.reason }, "can't move a space to another stage: trying again");
    this.#lookIn(RETRY_MS);
  }

  #isLost({ state, stageName }: SpaceSnapshot): boolean {
    return hasProgram(state) && !this.#here.has(stageName);
  }

  async #move(id: SpaceId): Promise<void> {
    const { spaces, directory, placement, log } = this.#parts;
    const elsewhere = (record: SpaceRecord): SpaceRecord => {
      // Another control may have moved it already, or its stage may be back.
      if (!this.#isLost(record.snapshot)) return record;
      return withSnapshot(record, { stageName: placement.choose(directory.all()) });
    };
    const { snapshot } = await spaces.change(id, elsewhere);
    log.info({ space: id, stage: snapshot.stageName }, "the space goes on, on another stage");
  }
}
