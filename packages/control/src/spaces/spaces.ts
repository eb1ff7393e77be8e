import type { Clock, SpaceId, UserId } from "@rostra/wire";
import { Refusal } from "../errors.ts";
import { settle } from "../roles/charge.ts";
import type { Presence } from "../roles/presence.ts";
import { NO_NOTES, type Person, type SpaceRecord, withSnapshot } from "../roles/record.ts";
import { takenAway, withUnsaved } from "../roles/unsaved.ts";
import { isUnavailable } from "../store/answering-store.ts";
import type { Store, StoredSpace } from "../store/store.ts";
import { isCurrent, type SpaceDirectory } from "./directory.ts";
import type { HandQueues } from "./hand-queues.ts";
import type { ListenerCounts } from "./listener-counts.ts";
import type { NoticeBoard } from "./notice-board.ts";
import type { Placement } from "./placement.ts";
import { newSpace, type SpaceDraft } from "./space-draft.ts";
import type { UnsavedChanges } from "./unsaved-changes.ts";

/** A space, and the most listeners that it had at once: by now, not only as written down. */
export type KnownSpace = StoredSpace;

/** Decides what becomes of a space at `nowMs`; see SpaceRule. */
export type TimedRule = (space: SpaceRecord, nowMs: number) => SpaceRecord;

/** Changes nothing by itself: only what time and people's coming and going have changed. */
export const noChange: TimedRule = (space) => space;

export interface SpacesParts {
  readonly store: Store;
  readonly directory: SpaceDirectory;
  readonly listeners: ListenerCounts;
  readonly placement: Placement;
  readonly presence: Presence;
  readonly handQueues: HandQueues;
  readonly noticeBoard: NoticeBoard;
  readonly clock: Clock;
  /** What waits for the store; it needs the spaces itself. */
  readonly unsaved: () => UnsavedChanges;
}

/** How long somebody who is to be silenced goes on because the store doesn't answer, ms. */
const STORE_PATIENCE_MS = 1_000;

/** Opens, finds and changes spaces: first in the store, then, once committed, for all to see. */
export class Spaces {
  readonly #parts: SpacesParts;
  #onShow: (id: SpaceId) => void = () => {};

  constructor(parts: SpacesParts) {
    this.#parts = parts;
  }

  /** @param listener called with each space that was changed, opened or loaded */
  onShow(listener: (id: SpaceId) => void): void {
    this.#onShow = listener;
  }

  /** @throws {Refusal} `bad-request` for a start that is out of bounds */
  async open(draft: SpaceDraft, host: Person): Promise<KnownSpace> {
    const { store, directory, placement, clock } = this.#parts;
    const first = placement.choose(directory.all());
    const second = placement.chooseBeside(first, () => directory.all());
    const alone = newSpace(draft, host, first, clock.nowMs());
    const space = second === undefined ? alone : { ...alone, secondStageName: second };
    await store.addSpace(space);
    const blockLists = new Map();
    return this.show({ snapshot: space, notes: NO_NOTES, blockLists, peakListeners: 0 });
  }

  /**
   * Applies a rule, and what follows from it: who is in charge, who has to go.
   * @param listsOf whose block lists the rule needs besides the host's
   * @throws {Refusal} `not-found`, `unavailable`, and what `rule` refuses with
   */
  async change(id: SpaceId, rule: TimedRule, listsOf: readonly UserId[] = []): Promise<KnownSpace> {
    const { store, clock, presence, unsaved } = this.#parts;
    const waiting = unsaved().of(id);
    const changeAndSettle = (space: SpaceRecord) => {
      const nowMs = clock.nowMs();
      // Written down, too, where the store has it already: with a revision above the one shown.
      const whole = waiting === undefined ? space : withSnapshot(withUnsaved(space, waiting), {});
      return settle(rule(whole, nowMs), nowMs, (snapshot) => presence.of(snapshot));
    };
    const stored = await store.changeSpace(id, changeAndSettle, listsOf, waiting?.revision);
    if (stored === undefined) throw unknownSpace();
    if (waiting !== undefined) unsaved().saved(id, waiting);
    return this.show(stored);
  }

  /**
   * As {@link change}, for a rule that takes something away from people on stage: it is done at once
   * where the store is out of reach, or slow to answer, and written down later.
   * @throws {Refusal} `not-found`, and what `rule` refuses with
   */
  async takeAway(id: SpaceId, rule: TimedRule): Promise<KnownSpace> {
    const changed = this.change(id, rule);
    const late = Promise.withResolvers<"late">();
    const cancel = this.#parts.clock.after(STORE_PATIENCE_MS, () => late.resolve("late"));
    try {
      const first = await Promise.race([changed, late.promise]);
      if (first !== "late") return first;
    } catch (error) {
      if (!isUnavailable(error)) throw error;
    } finally {
      cancel();
      // What comes of it later is shown as ever, or is merged into what was done without it.
      changed.catch(() => {});
    }
    return this.#takeAwayUnsaved(id, rule);
  }

  #takeAwayUnsaved(id: SpaceId, rule: TimedRule): KnownSpace {
    const { directory, clock, unsaved } = this.#parts;
    const held = directory.get(id);
    if (held === undefined) throw unknownSpace();
    const nowMs = clock.nowMs();
    const taken = takenAway(held, rule(held, nowMs), nowMs);
    const shown = taken === undefined ? held : unsaved().add(id, taken);
    return this.#known(shown ?? held);
  }

  /** The list as it is now, from memory. */
  list(): readonly KnownSpace[] {
    const { directory } = this.#parts;
    return directory.list().map(({ id }) => this.#known(directory.get(id)!));
  }

  /**
   * Current spaces come from memory; only one that ended long ago, or never was, is looked up.
   * @throws {Refusal} `not-found`
   */
  async find(id: SpaceId): Promise<KnownSpace> {
    const current = this.#parts.directory.get(id);
    if (current !== undefined) return this.#known(current);
    const stored = await this.#parts.store.loadSpace(id);
    if (stored === undefined) throw unknownSpace();
    return stored;
  }

  /** Shows everybody what the store holds, unless the space ended too long ago. */
  show(stored: StoredSpace): KnownSpace {
    const { directory, listeners, handQueues, noticeBoard, clock } = this.#parts;
    const { snapshot } = stored;
    if (!isCurrent(snapshot, clock.nowMs())) return stored;
    listeners.recall(snapshot.id, stored.peakListeners);
    const held = directory.publish(stored);
    if (held.snapshot.state === "ended") {
      handQueues.forget(snapshot.id);
      noticeBoard.forget(snapshot.id);
    } else {
      handQueues.show(held);
      noticeBoard.show(held);
    }
    this.#onShow(snapshot.id);
    // What the caller changed is answered as it was then, whatever came after it.
    return this.#known(stored);
  }

  #known(space: SpaceRecord): KnownSpace {
    const peakListeners = this.#parts.listeners.of(space.snapshot.id).peak;
    return { ...space, peakListeners };
  }
}

function unknownSpace(): Refusal {
  return new Refusal("not-found", "there is no space with that id: check the link");
}
