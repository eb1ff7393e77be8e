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
import { DecidedElsewhere } from "../errors.ts";
import type { SpaceDirectory } from "./directory.ts";
import type { Placement } from "./placement.ts";
import type { Spaces } from "./spaces.ts";

/** By then who speaks has a connection to the second stage, and it has the sound in step, ms. */
const STANDS_AFTER_MS = 4_000;
const LOOK_EVERY_MS = 500;
/** Spaces that are moved at a look: what the others are given shows before the next. */
const MOVES_AT_ONCE = 25;

/** Who is there, and who of them goes. */
export interface StageOutlook {
  readonly stays: (stageName: string) => boolean;
  /** A stage for one more program that stays; undefined where there is none. */
  readonly another: () => string | undefined;
  /** Whether the second stage has been with the space for long enough to go on alone. */
  readonly secondStands: boolean;
}

/** The stages of a space: those of its snapshot that change by a drain. */
type Stages = Pick<SpaceSnapshot, "stageName" | "secondStageName" | "term">;

/** Which stages a space has after a look at it whose stage drains; undefined: as before, for now. */
export function awayFromDrain(
  { stageName, secondStageName, term }: Stages,
  { stays, another, secondStands }: StageOutlook,
): Stages | undefined {
  const kept = { stageName, ...(term !== undefined && { term }) };
  const isSecondStaying = secondStageName !== undefined && stays(secondStageName);
  if (stays(stageName)) {
    if (secondStageName === undefined || isSecondStaying) return undefined;
    const next = another();
    return next === undefined || next === stageName ? kept : { ...kept, secondStageName: next };
  }
  if (!isSecondStaying) {
    const next = another();
    return next === undefined ? undefined : { ...kept, secondStageName: next };
  }
  // A new second of a pair is made by whoever makes pairs.
  return secondStands ? { stageName: secondStageName, term: (term ?? 0) + 1 } : undefined;
}

export interface StageDrainsParts {
  readonly spaces: Spaces;
  readonly directory: SpaceDirectory;
  readonly placement: Placement;
  readonly relay: Relay;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Moves spaces away from stages that drain: another stage joins as the second of a pair, who speaks
 * connects to it as well, and then it is the first; so that nothing is heard of the change. A space
 * that no other stage can take stays until its stage ends.
 */
export class StageDrains {
  readonly #parts: StageDrainsParts;
  readonly #unwatch: Unsubscribe;
  /** Stages that are there, and whether they drain. */
  readonly #stages = new Map<string, boolean>();
  /** Since when a space has the second stage that it has, as far as we have seen. */
  readonly #seconds = new Map<SpaceId, { readonly name: string; readonly sinceMs: number }>();
  #cancel: Cancel = () => {};
  #looking = false;
  #closed = false;

  constructor(parts: StageDrainsParts) {
    this.#parts = parts;
    this.#unwatch = parts.relay.watch(STATE_KEYS.services, (key, value) => {
      const name = key.slice(STATE_KEYS.services.length);
      if (!isService(value) || value.role !== "stage") this.#stages.delete(name);
      else this.#stages.set(name, value.isDraining === true);
      if (this.#isAnyDraining) this.#lookIn(0);
    });
  }

  close(): void {
    this.#closed = true;
    this.#cancel();
    this.#unwatch();
  }

  get #isAnyDraining(): boolean {
    return [...this.#stages.values()].includes(true);
  }

  #lookIn(delayMs: number): void {
    this.#cancel();
    if (!this.#closed) this.#cancel = this.#parts.clock.after(delayMs, () => void this.#look());
  }

  async #look(): Promise<void> {
    if (this.#looking || !this.#isAnyDraining) return;
    this.#looking = true;
    try {
      const { directory, log } = this.#parts;
      const wanted = [...directory.all()].filter((space) => this.#change(space) !== undefined);
      const now = wanted.slice(0, MOVES_AT_ONCE);
      const moves = await Promise.allSettled(now.map(({ id }) => this.#move(id)));
      const failed = moves.find((move) => move.status === "rejected");
      // Where another control decides, it is the one to move them.
      if (failed !== undefined && !(failed.reason instanceof DecidedElsewhere)) {
        log.warn({ err: failed.reason }, "a space can't leave its stage yet");
      }
    } finally {
      this.#looking = false;
      if (this.#isAnyDraining) this.#lookIn(LOOK_EVERY_MS);
      else this.#seconds.clear();
    }
  }

  #change(space: SpaceSnapshot): Stages | undefined {
    if (!hasProgram(space.state)) return undefined;
    return awayFromDrain(space, {
      stays: (name) => this.#stages.get(name) === false,
      another: () => this.#another(space.stageName),
      secondStands: this.#secondStands(space),
    });
  }

  #another(first: string): string | undefined {
    const { placement, directory } = this.#parts;
    // Where spaces have one stage each, this one has two for a moment all the same.
    const beside = placement.chooseBeside(first, () => directory.all());
    const name = beside ?? placement.choose(directory.all());
    return this.#stages.get(name) === false ? name : undefined;
  }

  #secondStands({ id, secondStageName: name }: SpaceSnapshot): boolean {
    if (name === undefined) return false;
    const nowMs = this.#parts.clock.nowMs();
    const known = this.#seconds.get(id);
    if (known?.name === name) return nowMs - known.sinceMs >= STANDS_AFTER_MS;
    this.#seconds.set(id, { name, sinceMs: nowMs });
    return false;
  }

  async #move(id: SpaceId): Promise<void> {
    const { spaces, log } = this.#parts;
    const { snapshot } = await spaces.change(id, (record) => {
      // Another control may have done it already.
      const change = this.#change(record.snapshot);
      if (change === undefined) return record;
      const { stageName: _, secondStageName: __, term: ___, ...rest } = record.snapshot;
      return { ...record, snapshot: { ...rest, ...change } };
    });
    const { stageName, secondStageName } = snapshot;
    log.info({ space: id, stage: stageName, second: secondStageName }, "the space leaves a stage");
  }
}
