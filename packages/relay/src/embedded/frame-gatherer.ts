import {
  type Cancel,
  type Clock,
  FRAME_MS,
  LIMITS,
  type ProgramFrame,
  type SpaceId,
} from "@rostra/wire";

/** Frames that wait for one process at most, of all spaces: about 2 MB. */
const MOST_FRAMES = 8_192;
/** How much later than asked for frames may leave where no other sets them off, ms. */
const LATEST_MS = 2 * FRAME_MS;

export interface FrameGathererOptions {
  readonly clock: Clock;
  /**
   * Which of the leader's numbers is followed by a departure, modulo the length asked for: peers that
   * have others of them don't wake up all at once.
   */
  readonly phase?: number;
  /** Takes what leaves together: of each space, in the order in which it came. */
  readonly onGathered: (bySpace: ReadonlyMap<SpaceId, readonly ProgramFrame[]>) => void;
}

/**
 * Frames on their way to a process that wants them together: it wakes up for all of them once.
 *
 * They leave when a frame comes whose number is a multiple of the length asked for, in frames (and so
 * many more): of one space, the leader, whose turn it is for all. So they leave at the same numbers
 * whatever the ticks of the stage do: what waits for a frame waits as long for it each time.
 */
export class FrameGatherer {
  readonly #options: FrameGathererOptions;
  #bySpace = new Map<SpaceId, ProgramFrame[]>();
  #frames = 0;
  #withinMs = 0;
  #sinceMs = 0;
  #leader: SpaceId | undefined;
  #leaves = false;
  #cancel: Cancel | undefined;

  constructor(options: FrameGathererOptions) {
    this.#options = options;
  }

  /** @param ms how long a frame may wait for others; 0: not at all */
  setWithin(ms: number): void {
    this.#withinMs = ms;
    if (ms < FRAME_MS) this.flush();
  }

  add(spaceId: SpaceId, frames: readonly ProgramFrame[]): void {
    if (this.#withinMs < FRAME_MS) {
      this.#options.onGathered(new Map([[spaceId, frames]]));
      return;
    }
    const waiting = this.#bySpace.get(spaceId);
    const isTooMuch = (waiting?.length ?? 0) + frames.length > LIMITS.chunkFrames;
    if (isTooMuch || this.#frames + frames.length > MOST_FRAMES) this.flush();
    if (this.#frames === 0) this.#sinceMs = this.#options.clock.nowMs();
    this.#keep(spaceId, frames);
    if (this.#isTurn(spaceId, frames)) this.#flushSoon();
    else this.#cancel ??= this.#watch(this.#withinMs + LATEST_MS);
  }

  /** What waits leaves now. */
  flush(): void {
    if (this.#frames === 0) return;
    const bySpace = this.#bySpace;
    this.#bySpace = new Map();
    this.#frames = 0;
    this.#options.onGathered(bySpace);
  }

  /** What waits is dropped. */
  close(): void {
    this.#cancel?.();
    this.#bySpace.clear();
    this.#frames = 0;
  }

  #keep(spaceId: SpaceId, frames: readonly ProgramFrame[]): void {
    const waiting = this.#bySpace.get(spaceId);
    if (waiting === undefined) this.#bySpace.set(spaceId, [...frames]);
    else waiting.push(...frames);
    this.#frames += frames.length;
  }

  #isTurn(spaceId: SpaceId, frames: readonly ProgramFrame[]): boolean {
    this.#leader ??= spaceId;
    const length = Math.floor(this.#withinMs / FRAME_MS);
    const phase = (this.#options.phase ?? 0) % length;
    const isDue = this.#options.clock.nowMs() - this.#sinceMs >= this.#withinMs;
    // Its leader has fallen silent, or leaves that number out: another goes on.
    if (isDue) this.#leader = spaceId;
    return isDue || (spaceId === this.#leader && frames.some((it) => it.number % length === phase));
  }

  /** Other spaces' frames of the same tick, read at the same turn of the event loop, come along. */
  #flushSoon(): void {
    if (this.#leaves) return;
    this.#leaves = true;
    queueMicrotask(() => {
      this.#leaves = false;
      this.flush();
    });
  }

  /** Where nothing more comes; looked at now and then rather than set anew for each frame. */
  #watch(afterMs: number): Cancel {
    const { clock } = this.#options;
    return clock.after(afterMs, () => {
      this.#cancel = undefined;
      if (this.#frames === 0) return;
      const leftMs = this.#sinceMs + this.#withinMs + LATEST_MS - clock.nowMs();
      if (leftMs > 1) this.#cancel = this.#watch(leftMs);
      else this.flush();
    });
  }
}
