import type { Relay, StateValue, Unsubscribe } from "@rostra/relay";
import { type Cancel, type Clock, isSpaceId, type SpaceId, STATE_KEYS } from "@rostra/wire";
import type { Logger } from "pino";
import { DecidedElsewhere, Refusal } from "../errors.ts";
import type { StateJournal } from "../journal/journal.ts";
import {
  type Ahead,
  changedBy,
  counted,
  fromShared,
  includes,
  joined,
  makerOf,
  readWritten,
  toShared,
  withKept,
  writtenDown,
} from "../roles/ahead.ts";
import type { SpaceRecord } from "../roles/record.ts";
import { isUnavailable } from "../store/answering-store.ts";
import type { Deciders } from "./deciders.ts";

/** How often it's tried to write down what is ahead of the store, ms. */
const SAVE_EVERY_MS = 500;
/** For so long a store that failed isn't asked for a change again, ms: unless something was written. */
const AWAY_MS = 5_000;
/** Spaces that may be ahead at once: more than one fleet has been seen to carry. */
const MOST = 20_000;
/** How long a caller waits for relay and disk to have taken a change, ms: it stands here in any case. */
const PATIENCE_MS = 500;

export interface AheadSpacesParts {
  /** Our own name. */
  readonly name: string;
  readonly deciders: Deciders;
  readonly relay: Relay;
  /** What is ahead is put there, too: for the day on which every process ends. */
  readonly journal: StateJournal;
  readonly clock: Clock;
  readonly log: Logger;
  /** Shows what has come from another control. */
  readonly show: (record: SpaceRecord) => void;
  /** Writes a space down: `landed` with what is ahead as the store comes to it. */
  readonly save: (id: SpaceId) => Promise<unknown>;
}

/**
 * Spaces that go on while the store is out of reach. One control decides for all of them; each change
 * is put into the relay's state before its caller is answered, whole: so what waits for the store is one
 * record a space, however long that takes, and whoever lives when it is back writes it down.
 */
export class AheadSpaces {
  readonly #parts: AheadSpacesParts;
  readonly #ahead = new Map<SpaceId, Ahead>();
  /** What the relay shows of each: another than ours is put right. */
  readonly #shown = new Map<SpaceId, StateValue>();
  readonly #saving = new Map<SpaceId, Promise<void>>();
  /** This life of ours, and the changes that it has made. */
  readonly #maker: string;
  #made = 0;
  #awayUntilMs = 0;
  #unwatch: Unsubscribe = () => {};
  #cancel: Cancel | undefined;
  #closed = false;

  constructor(parts: AheadSpacesParts) {
    this.#parts = parts;
    this.#maker = makerOf(parts.name, parts.clock.nowMs());
  }

  /** Spaces that wait to be written down. */
  get size(): number {
    return this.#ahead.size;
  }

  /** Also takes over what others, or an earlier life of ours, have left in the relay. */
  start(): void {
    this.#unwatch = this.#parts.relay.watch(STATE_KEYS.aheadAll, (key, value) => {
      const id = key.slice(STATE_KEYS.aheadAll.length);
      if (!isSpaceId(id)) return;
      if (value === undefined) this.#wasSaved(id);
      else this.#take(id, value);
    });
  }

  /** Writes down what it can, and waits for what is being written; the rest stands in the relay. */
  async close(): Promise<void> {
    this.#cancel?.();
    await Promise.all(this.#saving.values());
    await this.#look();
    this.#closed = true;
    this.#unwatch();
    this.#cancel?.();
  }

  of(id: SpaceId): Ahead | undefined {
    return this.#ahead.get(id);
  }

  /** Whether a space is changed here, and not in the store, for now. */
  isAhead(id: SpaceId): boolean {
    return this.#ahead.has(id) || this.#parts.clock.nowMs() < this.#awayUntilMs;
  }

  /** The write that is under way, if one is. It never fails. */
  saving(id: SpaceId): Promise<void> | undefined {
    return this.#saving.get(id);
  }

  storeFailed(): void {
    const { clock, log } = this.#parts;
    const nowMs = clock.nowMs();
    if (nowMs >= this.#awayUntilMs) {
      log.warn("the store is out of reach: spaces go on without it, and are written down later");
    }
    this.#awayUntilMs = nowMs + AWAY_MS;
  }

  storeAnswered(): void {
    this.#awayUntilMs = 0;
  }

  /**
   * Changes a space without the store. It is in the relay's state, and on disk, when this resolves.
   * @param held as it leaves the store, where it isn't ahead yet
   * @param above what is shown gets a revision above it
   * @throws {DecidedElsewhere} where another control decides
   * @throws {Refusal} `unavailable`, and what `decide` refuses with
   */
  async change(
    id: SpaceId,
    held: () => Ahead,
    decide: (record: SpaceRecord) => SpaceRecord,
    above: number | undefined,
  ): Promise<SpaceRecord> {
    const { elsewhere } = this.#parts.deciders;
    if (elsewhere !== undefined) throw new DecidedElsewhere(elsewhere.url);
    const before = this.#ahead.get(id) ?? held();
    const changed = counted(before.record, decide(before.record), above);
    if (changed === before.record) return changed;
    if (!this.#ahead.has(id) && this.#ahead.size >= MOST) {
      throw new Refusal("unavailable", "too much waits to be written down: try again soon");
    }
    this.#put(id, this.#changed(before, changed));
    await this.#taken();
    return changed;
  }

  /**
   * Takes in what was kept of an earlier life, and couldn't be written down at once.
   * @param kept where nothing of the space is ahead it is shown as it is: on top of what the store has
   */
  takeKept(id: SpaceId, kept: Ahead): void {
    const mine = this.#ahead.get(id);
    const both = mine === undefined ? kept : withKept(mine, kept);
    if (both === mine) return;
    // By what we have made of it now it is told from what others may have of it.
    this.#put(id, this.#changed(both, both.record));
    this.#parts.show(both.record);
  }

  #changed(before: Ahead, record: SpaceRecord): Ahead {
    this.#made += 1;
    return changedBy(this.#maker, before, record, this.#made);
  }

  /** Has been written down: unless it was changed meanwhile. */
  saved(id: SpaceId, written: Ahead): void {
    this.storeAnswered();
    if (this.#ahead.get(id) !== written) return;
    this.#forget(id);
    const { relay } = this.#parts;
    relay.put(STATE_KEYS.ahead(id), writtenDown(written));
    relay.put(STATE_KEYS.ahead(id), undefined);
  }

  #forget(id: SpaceId): void {
    this.#ahead.delete(id);
    this.#parts.journal.put(STATE_KEYS.ahead(id), undefined);
  }

  #put(id: SpaceId, ahead: Ahead): void {
    const shared = toShared(ahead);
    this.#ahead.set(id, ahead);
    this.#parts.relay.put(STATE_KEYS.ahead(id), shared);
    this.#parts.journal.put(STATE_KEYS.ahead(id), shared);
    this.#saveLater();
  }

  async #taken(): Promise<void> {
    const { relay, journal, clock } = this.#parts;
    const late = Promise.withResolvers<void>();
    const cancel = clock.after(PATIENCE_MS, late.resolve);
    const taken = Promise.all([relay.flush().catch(() => {}), journal.flush()]);
    await Promise.race([taken, late.promise]);
    cancel();
  }

  #take(id: SpaceId, value: StateValue): void {
    const written = readWritten(value);
    if (written !== undefined) this.#wasWritten(id, written);
    const theirs = fromShared(value);
    if (theirs === undefined) return;
    this.#shown.set(id, value);
    const mine = this.#ahead.get(id);
    // An older one: what came late here, or is put right at the next look.
    if (mine !== undefined && includes(mine, theirs)) return;
    const both = mine === undefined ? theirs : joined(mine, theirs);
    if (both === theirs) {
      this.#ahead.set(id, theirs);
      this.#parts.journal.put(STATE_KEYS.ahead(id), value);
      this.#saveLater();
    } else this.#put(id, both);
    // Whoever looks after the space now finds it ahead.
    this.#parts.show(both.record);
  }

  #wasWritten(id: SpaceId, written: Pick<Ahead, "made">): void {
    const mine = this.#ahead.get(id);
    if (mine !== undefined && includes(written, mine)) this.#forget(id);
  }

  /** By another control. What we have changed ourselves it may not have seen: that is written, too. */
  #wasSaved(id: SpaceId): void {
    this.#shown.delete(id);
    this.storeAnswered();
    const mine = this.#ahead.get(id);
    if (mine !== undefined && mine.made[this.#maker] === undefined) this.#forget(id);
  }

  #saveLater(): void {
    if (this.#cancel !== undefined || this.#closed) return;
    this.#cancel = this.#parts.clock.after(SAVE_EVERY_MS, () => {
      void this.#look().finally(() => {
        this.#cancel = undefined;
        if (this.#ahead.size > 0) this.#saveLater();
      });
    });
  }

  async #look(): Promise<void> {
    for (const [id, ahead] of [...this.#ahead]) {
      if (this.#closed) return;
      const isSaved = !this.#shown.has(id);
      if (this.#parts.deciders.elsewhere !== undefined && !isSaved) continue;
      const shown = fromShared(this.#shown.get(id));
      if (shown !== undefined && !includes(shown, ahead)) this.#put(id, ahead);
      const saving = this.#save(id).finally(() => this.#saving.delete(id));
      this.#saving.set(
        id,
        saving.then(() => {}),
      );
      // One that fails for want of the store is as good as all of them.
      if (!(await saving)) return;
    }
  }

  /** @returns false where the store is out of reach */
  async #save(id: SpaceId): Promise<boolean> {
    const { save, log, relay } = this.#parts;
    try {
      await save(id);
      log.info({ space: id }, "what was changed without the store is written down");
    } catch (err) {
      if (isUnavailable(err)) return false;
      log.error({ err, space: id }, "what was changed without the store can't be written down");
      // The store doesn't have it, and never will.
      if (!(err instanceof Refusal)) return true;
      this.#forget(id);
      relay.put(STATE_KEYS.ahead(id), undefined);
    }
    return true;
  }
}
