import { FRAME_MS } from "@rostra/wire";

/** From frame `fromFrame` on, chunks hold `frames` frames. */
interface Stretch {
  readonly fromFrame: number;
  readonly frames: number;
}

/**
 * Where chunks end, by frame number. Listeners stand in slots; the chunks of slot s end at numbers
 * that are s modulo the chunk's length, so slots take turns and writes flow evenly.
 *
 * Lengths change at a frame number, too. No chunk around a change is longer than the longer of the
 * two: right before it, the ends of the new grid count beside those of the old.
 */
export class ChunkPlan {
  /** Ascending by `fromFrame`; the last is what was planned last. Never more than two. */
  #stretches: readonly Stretch[];

  /** @param cadenceMs how much sound a chunk carries, a multiple of 20 ms */
  constructor(cadenceMs: number) {
    this.#stretches = [{ fromFrame: 0, frames: framesOf(cadenceMs) }];
  }

  /** What was planned last, ms. */
  get cadenceMs(): number {
    return this.#stretches.at(-1)!.frames * FRAME_MS;
  }

  /** A later word replaces an earlier one whose number hasn't come. */
  change(cadenceMs: number, fromFrame: number): void {
    const kept = this.#stretches.findLast((it) => it.fromFrame < fromFrame);
    const next = { fromFrame, frames: framesOf(cadenceMs) };
    this.#stretches = kept === undefined ? [next] : [kept, next];
  }

  /** Number of the last frame, `head` or before it, that ends a chunk of a slot. */
  endBefore(slot: number, head: number): number {
    const [first, second] = this.#stretches;
    if (second === undefined) return onGrid(slot, head, first!.frames);
    const { fromFrame, frames } = second;
    const onNew = onGrid(slot, head, frames);
    if (onNew >= fromFrame) return onNew;
    const onOld = onGrid(slot, Math.min(head, fromFrame - 1), first!.frames);
    return onNew > fromFrame - frames ? Math.max(onOld, onNew) : onOld;
  }
}

function framesOf(cadenceMs: number): number {
  return cadenceMs / FRAME_MS;
}

/** The last number up to `head` that is `slot` modulo `frames`. */
function onGrid(slot: number, head: number, frames: number): number {
  return head - ((((head - slot) % frames) + frames) % frames);
}
