import type { FrameSource, ProgramFrame } from "@rostra/wire";

/** Frames' source, and which word of control it goes by: the snapshot's revision, where it's known. */
export interface HeardSource extends FrameSource {
  readonly revision?: number | undefined;
}

/** For so many frames a stage may be behind with control's word, which reaches each in its own time. */
const STALE_FRAMES = 3;
/**
 * For so many a stage may hear fewer voices: the first packet of a word reaches each in its own time,
 * and a single lost one is concealed unheard. What is made up in them, 60 ms, passes for a voice: a
 * decoder conceals 120 ms before it fades (stage's `jitter/concealment.ts`).
 */
const POORER_FRAMES = 3;
/**
 * No voice is worth a line that stands: who lags by more than a player's margin (100 ms) isn't crossed to for it,
 * since the line would wait for that stage's numbers. For control's later word it does.
 */
const LAG_FRAMES = 5;

/** What of a frame counts when two stages are weighed. */
interface Worth {
  readonly revision: number;
  readonly holding: boolean;
  /** Microphones that are heard in it; undefined: nobody has counted. */
  readonly voices: number | undefined;
}

/**
 * Whether the other stage of a pair should be heard though the followed one speaks. It should where
 * it goes by a later word of control: the followed one may not know of a mute. And where it hears
 * more microphones, or any voice while the followed one plays the holding sound, by no later word:
 * then that one has lost them. Never because it sounds alone: that may be a voice that was muted. Pure.
 */
export class Preference {
  #followed: Worth | undefined;
  #followedLatest = -1;
  #otherLatest = -1;
  #staleFrames = 0;
  #poorerFrames = 0;

  /** The newest frame of the followed source. */
  followed(frame: ProgramFrame, source: HeardSource): void {
    this.#followed = worthOf(frame, source);
    this.#followedLatest = frame.number;
  }

  /**
   * Frames of the other source, same term. Copies of earlier ones change nothing.
   * @returns whether to follow it
   */
  other(frames: readonly ProgramFrame[], source: HeardSource): boolean {
    for (const frame of frames) {
      if (frame.number <= this.#otherLatest) continue;
      this.#otherLatest = frame.number;
      const [followed, other] = [this.#followed, worthOf(frame, source)];
      const isKnown = followed !== undefined && other !== undefined;
      const isStale = isKnown && other.revision > followed.revision;
      this.#staleFrames = isStale ? this.#staleFrames + 1 : 0;
      const isNear = frame.number >= this.#followedLatest - LAG_FRAMES;
      const isPoorer =
        isKnown && isNear && other.revision >= followed.revision && hearsMore(other, followed);
      this.#poorerFrames = isPoorer ? this.#poorerFrames + 1 : 0;
    }
    return this.#staleFrames >= STALE_FRAMES || this.#poorerFrames >= POORER_FRAMES;
  }

  /** Whether crossing to that frame's source would lose control's word, or a voice. */
  isWorse(frame: ProgramFrame, source: HeardSource): boolean {
    const [followed, other] = [this.#followed, worthOf(frame, source)];
    if (followed === undefined || other === undefined) return false;
    return other.revision < followed.revision || hearsMore(followed, other);
  }

  /** Another source is followed. */
  renew(): void {
    this.#followed = undefined;
    this.#followedLatest = -1;
    this.#otherLatest = -1;
    this.#staleFrames = 0;
    this.#poorerFrames = 0;
  }
}

/** Undefined where nobody knows by which word it was made: then it isn't weighed. */
function worthOf({ holding }: ProgramFrame, { revision, voices }: HeardSource): Worth | undefined {
  return revision === undefined ? undefined : { revision, holding, voices };
}

function hearsMore(one: Worth, other: Worth): boolean {
  if (other.holding && !one.holding) return true;
  return one.voices !== undefined && other.voices !== undefined && one.voices > other.voices;
}
