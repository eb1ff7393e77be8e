import type { FrameSource, ProgramFrame, SpaceId } from "@rostra/wire";

/** Values that survive a trip through JSON. */
export type StateValue = unknown;

export type FramesListener = (spaceId: SpaceId, frames: readonly ProgramFrame[]) => void;
/** `value` is undefined where the key was removed. */
export type StateListener = (key: string, value: StateValue | undefined) => void;
export type Unsubscribe = () => void;

/** Where a space has no pair of stages, and never changed its stage. */
export const ONLY_STAGE: FrameSource = { term: 0, second: false };

/**
 * The relay as one process sees it: carries frames and room state between stages, edges and
 * control. Every adapter passes the suite in `contract.ts`.
 *
 * Frames are at most once and in no certain order. Of the stages and paths of a space followers see
 * one line: the first stage of the highest term that is known, each number once, filled from the
 * second stage where the first leaves something out (`merge/line-merge.ts`). State is last value wins per key; each key has one writer.
 */
export interface Relay {
  /**
   * Hands frames (consecutive by number) to every process that listens. Never blocks.
   * @param source left out: the only stage, of term 0
   */
  publishFrames(spaceId: SpaceId, frames: readonly ProgramFrame[], source?: FrameSource): void;

  /** Frames of all spaces that other processes publish from now on. */
  onFrames(listener: FramesListener): Unsubscribe;

  /**
   * Frames `from` to `to` (inclusive) as far as the relay remembers them, ascending: what was handed
   * on, where several stages made a number.
   * At most `LIMITS.chunkFrames` an answer: ask again from the last number on.
   * @throws {RelayError} `closed`, `timeout`
   */
  history(spaceId: SpaceId, from: number, to: number): Promise<ProgramFrame[]>;

  /** Number of the newest frame that the relay has seen; undefined for none. */
  latestFrame(spaceId: SpaceId): Promise<number | undefined>;

  /**
   * Sets a key; undefined removes it. `ephemeral`: the key goes when this process's connection
   * does, however that ends.
   */
  put(key: string, value: StateValue | undefined, options?: { ephemeral?: boolean }): void;

  /**
   * Calls back for every key under `prefix`: those that stand now before `watch` returns, then each
   * change, those of this process included.
   */
  watch(prefix: string, listener: StateListener): Unsubscribe;

  /**
   * Calls back before it returns, and with each change: false while nobody can be reached at all.
   * What is known stands meanwhile, and goes on by itself once somebody can.
   */
  onReach(listener: (isReachable: boolean) => void): Unsubscribe;

  /** Resolves when all that was put before, by this process, has been taken by the relay. */
  flush(): Promise<void>;

  /** Resolves when the connection has ended, by `close` or by the other side. */
  readonly closed: Promise<void>;

  close(): Promise<void>;
}
