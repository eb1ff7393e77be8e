import { type Cancel, type Clock, FRAME_MS, type ProgramFrame, type SpaceId } from "@rostra/wire";
import { FrameMemory } from "../frame-memory.ts";
import type { RelayObserver } from "../observer.ts";
import type { FramesListener } from "../relay.ts";
import { LineMerge, type MergeObserver } from "./line-merge.ts";
import type { HeardSource } from "./preference.ts";

export interface MergedSoundOptions {
  readonly clock: Clock;
  readonly observer: RelayObserver;
  /** Told of frames that have been held back and go out now. */
  readonly onReleased: FramesListener;
  /** Told of each stage that was heard. */
  readonly onHeard?: (spaceId: SpaceId, source: HeardSource) => void;
}

/**
 * One line for each space, and the memory of what has gone out of it. Lends the pure merges a
 * clock: a single timer for all of them, and none while nothing is held back.
 */
export class MergedSound {
  /** What has gone out, and what this process has made itself. */
  readonly memory = new FrameMemory();
  readonly #options: MergedSoundOptions;
  readonly #counts: MergeObserver;
  readonly #merges = new Map<SpaceId, LineMerge>();
  readonly #holding = new Map<SpaceId, LineMerge>();
  #cancelLook: Cancel | undefined;
  #lookAtMs = 0;

  constructor(options: MergedSoundOptions) {
    this.#options = options;
    const { observer } = options;
    this.#counts = {
      filled: (frames) => observer.filled(frames),
      crossed: ({ second }) => observer.crossed(second ? "second" : "first"),
      fenced: (frames) => observer.fenced(frames),
    };
  }

  /** @returns what goes out at once, ascending */
  take(spaceId: SpaceId, frames: readonly ProgramFrame[], source: HeardSource): ProgramFrame[] {
    this.#options.onHeard?.(spaceId, source);
    const merge = this.#mergeOf(spaceId);
    const out = merge.take(frames, source, this.#options.clock.nowMs());
    if (merge.heldFrames > 0) {
      this.#holding.set(spaceId, merge);
      if (this.#cancelLook === undefined) this.#lookLater();
    } else {
      this.#holding.delete(spaceId);
    }
    return out;
  }

  forget(spaceId: SpaceId): void {
    this.memory.forget(spaceId);
    this.#merges.delete(spaceId);
    this.#holding.delete(spaceId);
  }

  close(): void {
    this.#cancelLook?.();
    this.#holding.clear();
  }

  #mergeOf(spaceId: SpaceId): LineMerge {
    const known = this.#merges.get(spaceId);
    if (known !== undefined) return known;
    const merge = new LineMerge(this.memory.of(spaceId), this.#counts);
    this.#merges.set(spaceId, merge);
    return merge;
  }

  #lookLater(): void {
    const { clock } = this.#options;
    this.#lookAtMs = clock.nowMs() + FRAME_MS;
    this.#cancelLook = clock.after(FRAME_MS, () => this.#look());
  }

  #look(): void {
    this.#cancelLook = undefined;
    const nowMs = this.#options.clock.nowMs();
    // Late: we have been busy ourselves, and what came meanwhile waits to be read. It goes first.
    if (nowMs - this.#lookAtMs < FRAME_MS) this.#releaseDue(nowMs);
    if (this.#holding.size > 0) this.#lookLater();
  }

  #releaseDue(nowMs: number): void {
    for (const [spaceId, merge] of [...this.#holding]) {
      const out = merge.due(nowMs);
      if (merge.heldFrames === 0) this.#holding.delete(spaceId);
      if (out.length > 0) this.#options.onReleased(spaceId, out);
    }
  }
}
