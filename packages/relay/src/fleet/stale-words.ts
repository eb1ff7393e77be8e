import { type Clock, type SpaceId, STATE_KEYS } from "@rostra/wire";
import type { HeardSource } from "../merge/preference.ts";
import type { Unsubscribe } from "../relay.ts";
import type { Bus } from "./bus.ts";

/** A stage may be behind control's word for so long, which reaches each in its own time, ms. */
const STALE_AFTER_MS = 60;
/** It is told again this often, ms: what was said may be lost, too. */
const TELL_EVERY_MS = 250;

export interface StaleWordsOptions {
  readonly buses: readonly Bus[];
  readonly subjects: (word: string) => string;
  readonly clock: Clock;
  /** Which word of control this process goes by in a space of two stages; of others undefined. */
  readonly revisionOf: (spaceId: SpaceId) => number | undefined;
  /** What stands under a key, as its author said it. */
  readonly said: (key: string) => Uint8Array | undefined;
  /** Takes what was said, by whomever. */
  readonly hear: (bytes: Uint8Array) => void;
}

/** Since when a stage has been behind, and when it was told. */
interface Stale {
  readonly sinceMs: number;
  toldAtMs: number;
}

/**
 * Brings control's word to a stage that control doesn't reach. Whoever follows a space hears of its
 * frames by which word they were made: where that is an older one than its own, it says its own to
 * those who make them, over all paths. So a mute reaches every stage that anybody hears who has heard
 * of it. Nothing is vouched for anew: each value still bears its author and its moment.
 */
export class StaleWords {
  readonly #options: StaleWordsOptions;
  readonly #stale = new Map<SpaceId, Partial<Record<"first" | "second", Stale>>>();
  readonly #listening = new Map<SpaceId, readonly Unsubscribe[]>();

  constructor(options: StaleWordsOptions) {
    this.#options = options;
  }

  /** Somebody follows the space here, and has heard a stage of it. */
  heard(spaceId: SpaceId, { second, revision }: HeardSource): void {
    const known = revision === undefined ? undefined : this.#options.revisionOf(spaceId);
    const part = second ? "second" : "first";
    const stages = this.#stale.get(spaceId);
    if (known === undefined || revision! >= known) {
      if (stages?.[part] !== undefined) this.#stale.set(spaceId, { ...stages, [part]: undefined });
      return;
    }
    const nowMs = this.#options.clock.nowMs();
    const stale = stages?.[part] ?? { sinceMs: nowMs, toldAtMs: Number.NEGATIVE_INFINITY };
    this.#stale.set(spaceId, { ...stages, [part]: stale });
    if (nowMs - stale.sinceMs < STALE_AFTER_MS || nowMs - stale.toldAtMs < TELL_EVERY_MS) return;
    stale.toldAtMs = nowMs;
    this.#tell(spaceId);
  }

  /** Frames are made for the space here: others may know better by which word. */
  listen(spaceId: SpaceId): void {
    const { buses, subjects, hear, revisionOf } = this.#options;
    if (this.#listening.has(spaceId) || revisionOf(spaceId) === undefined) return;
    const subject = subjects(`word.${spaceId}`);
    this.#listening.set(
      spaceId,
      buses.map((bus) => bus.subscribe(subject, hear)),
    );
  }

  forget(spaceId: SpaceId): void {
    this.#stale.delete(spaceId);
    for (const unsubscribe of this.#listening.get(spaceId) ?? []) unsubscribe();
    this.#listening.delete(spaceId);
  }

  close(): void {
    for (const spaceId of [...this.#listening.keys()]) this.forget(spaceId);
  }

  #tell(spaceId: SpaceId): void {
    const { buses, subjects, said } = this.#options;
    const bytes = said(STATE_KEYS.space(spaceId));
    if (bytes === undefined) return;
    for (const bus of buses) bus.publish(subjects(`word.${spaceId}`), bytes);
  }
}
