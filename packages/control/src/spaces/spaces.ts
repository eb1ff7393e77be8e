import type { Relay } from "@rostra/relay";
import { type Clock, type SpaceId, STATE_KEYS, type Unsaved, type UserId } from "@rostra/wire";
import { Refusal } from "../errors.ts";
import { type Ahead, landed, leaveStore } from "../roles/ahead.ts";
import { settle } from "../roles/charge.ts";
import type { Presence } from "../roles/presence.ts";
import { NO_NOTES, type Person, type SpaceRecord, withSnapshot } from "../roles/record.ts";
import { takenAway, withUnsaved } from "../roles/unsaved.ts";
import { isUnavailable } from "../store/answering-store.ts";
import type { Store, StoredSpace } from "../store/store.ts";
import type { AheadSpaces } from "./ahead-spaces.ts";
import { isCurrent, type SpaceDirectory } from "./directory.ts";
import type { HandQueues } from "./hand-queues.ts";
import type { HiddenNamesBoard } from "./hidden-names.ts";
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
  readonly hiddenNames: HiddenNamesBoard;
  readonly relay: Relay;
  readonly clock: Clock;
  /** What goes on without the store; it needs the spaces itself. */
  readonly ahead: () => AheadSpaces;
  /** What was taken away without it, where another control decides. */
  readonly unsaved: () => UnsavedChanges;
}

/** How long the store has for a change before it's made without, ms: so long a mute may take. */
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
   * Applies a rule, and what follows from it: who is in charge, who has to go. Where the store is out
   * of reach, or slow to answer, a space that hasn't ended is changed without it, and written down later.
   * @param listsOf whose block lists the rule needs besides the host's
   * @throws {Refusal} `not-found`, `unavailable`, and what `rule` refuses with
   */
  async change(id: SpaceId, rule: TimedRule, listsOf: readonly UserId[] = []): Promise<KnownSpace> {
    const { ahead, directory } = this.#parts;
    const held = directory.get(id);
    if (held === undefined || held.snapshot.state === "ended") {
      return this.#changeStored(id, rule, listsOf);
    }
    // What is being written is in the store in a moment; else it goes on without.
    const saving = ahead().saving(id);
    if (saving !== undefined) await this.#inTime(saving);
    if (ahead().isAhead(id)) return this.#changeAhead(id, rule);
    const patience = { isOver: false };
    const stored = this.#changeStored(id, rule, listsOf, patience);
    try {
      const first = await this.#inTime(stored);
      if (first !== "late") return first;
    } catch (error) {
      if (!isUnavailable(error)) throw error;
    }
    patience.isOver = true;
    stored.catch(() => {});
    ahead().storeFailed();
    return this.#changeAhead(id, rule);
  }

  async #changeStored(
    id: SpaceId,
    rule: TimedRule,
    listsOf: readonly UserId[],
    patience = { isOver: false },
  ): Promise<KnownSpace> {
    const { store, unsaved } = this.#parts;
    const waiting = unsaved().of(id);
    const decide = (space: SpaceRecord) => {
      // It's done without the store by now: what comes late changes nothing.
      if (patience.isOver) throw new Refusal("unavailable", "the store took too long");
      return this.#decide(space, rule, waiting);
    };
    const stored = await store.changeSpace(id, decide, listsOf, waiting?.revision);
    if (stored === undefined) throw unknownSpace();
    if (patience.isOver) return stored;
    this.#parts.ahead().storeAnswered();
    if (waiting !== undefined) unsaved().saved(id, waiting);
    this.#tellOfNotes(stored);
    return this.show(stored);
  }

  /** Most of what is noted shows nowhere: who is blocked, whose links are dead. Other controls need it. */
  #tellOfNotes({ snapshot: { id }, notes: { revision } }: SpaceRecord): void {
    const { directory, relay } = this.#parts;
    const known = directory.get(id)?.notes.revision ?? 0;
    if (revision > known) relay.put(STATE_KEYS.noted(id), revision);
  }

  async #changeAhead(id: SpaceId, rule: TimedRule): Promise<KnownSpace> {
    const { ahead, directory, unsaved } = this.#parts;
    const waiting = unsaved().of(id);
    const decide = (space: SpaceRecord) => this.#decide(space, rule, waiting);
    const held = () => leaveStore(directory.get(id)!, directory.storedAt(id));
    const changing = ahead().change(id, held, decide, waiting?.revision);
    // Shown at once: relay and disk may take their time.
    const now = ahead().of(id)?.record;
    if (now !== undefined) this.showUnstored(now);
    const changed = await changing;
    if (waiting !== undefined) unsaved().saved(id, waiting);
    return this.#known(changed);
  }

  /** Writes down what was changed without the store: with a revision above the one shown. */
  async save(id: SpaceId): Promise<void> {
    const { store, ahead, clock, presence } = this.#parts;
    let written: Ahead | undefined;
    const patience = { isOver: false };
    const saving = store.changeSpace(id, (stored) => {
      if (patience.isOver) throw new Refusal("unavailable", "the store took too long");
      written = ahead().of(id);
      const whole = written === undefined ? stored : landed(stored, written);
      return settle(whole, clock.nowMs(), (snapshot) => presence.of(snapshot));
    });
    const stored = await this.#inTime(saving);
    if (stored === "late") {
      patience.isOver = true;
      saving.catch(() => {});
      throw new Refusal("unavailable", "the store took too long");
    }
    if (stored === undefined) throw unknownSpace();
    if (written !== undefined) ahead().saved(id, written);
    this.show(stored);
  }

  #decide(space: SpaceRecord, rule: TimedRule, waiting: Unsaved | undefined): SpaceRecord {
    const { clock, presence } = this.#parts;
    const nowMs = clock.nowMs();
    // Written down, too, where the store has it already: with a revision above the one shown.
    const whole = waiting === undefined ? space : withSnapshot(withUnsaved(space, waiting), {});
    return settle(rule(whole, nowMs), nowMs, (snapshot) => presence.of(snapshot));
  }

  async #inTime<T>(work: Promise<T>): Promise<T | "late"> {
    const late = Promise.withResolvers<"late">();
    const cancel = this.#parts.clock.after(STORE_PATIENCE_MS, () => late.resolve("late"));
    return Promise.race([work, late.promise]).finally(cancel);
  }

  /**
   * As {@link change}, for a rule that takes something away from people on stage: it is done at once
   * where another control decides, which makes it part of what it decides next.
   * @throws {Refusal} `not-found`, and what `rule` refuses with
   */
  async takeAway(id: SpaceId, rule: TimedRule): Promise<KnownSpace> {
    try {
      return await this.change(id, rule);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      return this.#takeAwayUnsaved(id, rule);
    }
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
    const { directory, clock } = this.#parts;
    if (isCurrent(stored.snapshot, clock.nowMs())) directory.isStored(stored);
    return this.#show(stored);
  }

  /** As {@link show}, of what the store doesn't have, or not yet. */
  showUnstored(record: SpaceRecord): void {
    this.#show({ ...record, peakListeners: 0 });
  }

  #show(stored: StoredSpace): KnownSpace {
    const { directory, listeners, handQueues, noticeBoard, hiddenNames, relay, clock } =
      this.#parts;
    const { snapshot } = stored;
    if (!isCurrent(snapshot, clock.nowMs())) return stored;
    listeners.recall(snapshot.id, stored.peakListeners);
    const held = directory.publish(stored);
    if (held.snapshot.state === "ended") {
      handQueues.forget(snapshot.id);
      relay.put(STATE_KEYS.noted(snapshot.id), undefined);
      noticeBoard.forget(snapshot.id);
      hiddenNames.forget(snapshot.id);
    } else {
      handQueues.show(held);
      noticeBoard.show(held);
      hiddenNames.show(held);
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
