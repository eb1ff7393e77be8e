import type { FrameSource, ProgramFrame, SpaceId } from "@rostra/wire";

/** Values that survive a trip through JSON. */
export type StateValue = unknown;

export type FramesListener = (spaceId: SpaceId, frames: readonly ProgramFrame[]) => void;

/** As `to` of {@link Relay.history}: up to the newest that there is. */
export const NEWEST = Number.MAX_SAFE_INTEGER;

/** Who follows a space's sound. */
export interface FramesFollower {
  /** Called with frames as they come, ascending. */
  readonly take: (frames: readonly ProgramFrame[]) => void;
  /**
   * Frames `from` to `to` (inclusive) that it was handed and keeps, ascending, at most
   * `LIMITS.chunkFrames`: those that came first. Of who gives this the relay keeps the last ten seconds
   * alone, and asks it for what others have missed; of who doesn't it keeps ten minutes.
   */
  readonly recall?: (from: number, to: number) => readonly ProgramFrame[];
}
/** `value` is undefined where the key was removed. */
export type StateListener = (key: string, value: StateValue | undefined) => void;
export type TopicListener = (value: StateValue) => void;
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

  /**
   * Frames of one space that other processes publish from now on. What is asked for after that finds,
   * together with them, each frame that the relay has: nothing falls in between. A space that this
   * process doesn't follow costs it nothing.
   */
  follow(spaceId: SpaceId, follower: FramesFollower): Unsubscribe;

  /**
   * Says that frames may wait for others, so that they come together and this process wakes up for
   * all of them once; state may wait with them. A wish: what has no use for it hands them on as they come.
   * @param withinMs how long; 0, as it is at first: not at all
   * @param phase they come behind the frames with this number, modulo `withinMs` in frames: of one space
   *   for all. Neighbours that have others don't wake up together
   */
  gatherFrames(withinMs: number, phase: number): void;

  /**
   * Frames `from` to `to` (inclusive) as far as the relay remembers them, ascending: what was handed
   * on, where several stages made a number.
   * At most `LIMITS.chunkFrames` an answer: ask again from the last number on.
   * @param to may be {@link NEWEST}
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
   * Says something to those processes that {@link hear} of this topic now, and to no others: it costs
   * nobody else anything. At most once, nothing is kept, and of two things that one process has told
   * the later one is never heard before the earlier.
   * @param topic words of letters, digits and `-` with `/` between them
   */
  tell(topic: string, value: StateValue): void;

  /** Calls back with what other processes tell under this very topic from now on. */
  hear(topic: string, listener: TopicListener): Unsubscribe;

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
