import type { FrameSource, ProgramFrame } from "@rostra/wire";

/** Frames' source, and which word of control it goes by: the snapshot's revision, where it's known. */
export interface HeardSource extends FrameSource {
  readonly revision?: number | undefined;
}

/** For so many frames a stage may be behind with control's word, which reaches each in its own time. */
const STALE_FRAMES = 10;
/** For so many a stage may hold while the other sounds: a first word reaches them a moment apart. */
const HOLDING_FRAMES = 3;

/**
 * Whether the other stage of a pair should be heard though the followed one speaks. It should where
 * it goes by a later word of control: the followed one may not know of a mute. And where it carries a
 * voice and the followed one the holding sound, by no later word: then that one has lost its
 * microphones. Never because it sounds alone: that may be a voice that was muted. Pure.
 */
export class Preference {
  #followed: { readonly holding: boolean; readonly revision: number } | undefined;
  #otherLatest = -1;
  #staleFrames = 0;
  #holdingFrames = 0;

  /** The newest frame of the followed source. */
  followed({ holding }: ProgramFrame, { revision }: HeardSource): void {
    this.#followed = revision === undefined ? undefined : { holding, revision };
  }

  /**
   * Frames of the other source, same term. Copies of earlier ones change nothing.
   * @returns whether to follow it
   */
  other(frames: readonly ProgramFrame[], { revision }: HeardSource): boolean {
    for (const { number, holding } of frames) {
      if (number <= this.#otherLatest) continue;
      this.#otherLatest = number;
      const followed = this.#followed;
      const [isLater, isAsLate] =
        followed === undefined || revision === undefined
          ? [false, false]
          : [revision > followed.revision, revision >= followed.revision];
      this.#staleFrames = isLater ? this.#staleFrames + 1 : 0;
      const sounds = isAsLate && followed?.holding === true && !holding;
      this.#holdingFrames = sounds ? this.#holdingFrames + 1 : 0;
    }
    return this.#staleFrames >= STALE_FRAMES || this.#holdingFrames >= HOLDING_FRAMES;
  }

  /** Whether crossing to that frame's source would lose control's word, or a voice. */
  isWorse({ holding }: ProgramFrame, { revision }: HeardSource): boolean {
    const followed = this.#followed;
    if (followed === undefined || revision === undefined) return false;
    return revision < followed.revision || (holding && !followed.holding);
  }

  /** Another source is followed. */
  renew(): void {
    this.#followed = undefined;
    this.#otherLatest = -1;
    this.#staleFrames = 0;
    this.#holdingFrames = 0;
  }
}
