import { hasProgram, type SpaceId, type SpaceSnapshot, stagesOf } from "@rostra/wire";

/** For so long it's believed the first time, ms: as long as a newcomer takes to be seen by all. */
const FIRST_MS = 5_000;
/** Twice as long each time, up to this: by then it's more likely that whoever gave it is gone, too. */
const LONGEST_MS = 60_000;
/** Stages of one space that are remembered so; the oldest goes first. */
const MAX_STAGES = 8;

interface Voucher {
  readonly untilMs: number;
  readonly times: number;
}

/**
 * Stages that a space was given by another control and that we don't see: it does, so for a while they
 * count as there. Without this, two controls that see different stages would take from a space what
 * the other one gave it, in turns and for as long as they differ. A stage that we have seen, and that
 * goes, is nobody's word but ours: it is missed at once. Pure.
 */
export class VouchedStages {
  /** Which stages each space had when it was looked at last, the first one first. */
  readonly #named = new Map<SpaceId, readonly string[]>();
  readonly #vouchers = new Map<SpaceId, Map<string, Voucher>>();

  /** Takes note of a space as it stands, before and after it's decided. @param isHere by our own view */
  take(space: SpaceSnapshot, isHere: (name: string) => boolean, nowMs: number): void {
    const { id } = space;
    if (!hasProgram(space.state)) {
      this.#named.delete(id);
      this.#vouchers.delete(id);
      return;
    }
    const before = this.#named.get(id);
    const now = stagesOf(space);
    this.#named.set(id, now);
    for (const [part, name] of now.entries()) {
      if (isHere(name)) this.#vouchers.get(id)?.delete(name);
      else if (before !== undefined && before[part] !== name) this.#vouch(id, name, nowMs);
    }
  }

  /** Whether a stage that we don't see counts as there. */
  has(id: SpaceId, name: string, nowMs: number): boolean {
    const voucher = this.#vouchers.get(id)?.get(name);
    return voucher !== undefined && nowMs < voucher.untilMs;
  }

  #vouch(id: SpaceId, name: string, nowMs: number): void {
    const vouchers = this.#vouchers.get(id) ?? new Map<string, Voucher>();
    this.#vouchers.set(id, vouchers);
    const times = vouchers.get(name)?.times ?? 0;
    vouchers.delete(name);
    const forMs = Math.min(FIRST_MS * 2 ** times, LONGEST_MS);
    vouchers.set(name, { untilMs: nowMs + forMs, times: times + 1 });
    const [oldest] = vouchers.keys();
    if (vouchers.size > MAX_STAGES && oldest !== undefined) vouchers.delete(oldest);
  }
}
