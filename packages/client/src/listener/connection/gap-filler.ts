import { type Cancel, type Clock, LIMITS, type ProgramFrame } from "@rostra/wire";

/** Frames by number, both inclusive; those of them that an edge holds. */
export type FetchFrames = (from: number, to: number) => Promise<readonly ProgramFrame[]>;

export interface GapFillerOptions {
  readonly clock: Clock;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  readonly fetchFrames: FetchFrames;
  /** Takes frames in order. @param live false for sound that comes late */
  readonly out: (frames: readonly ProgramFrame[], live: boolean) => void;
}

interface Chunk {
  readonly frames: readonly ProgramFrame[];
  readonly live: boolean;
}

/** Many listeners may lose the same chunk: they don't ask in one instant. */
const SPREAD_MS = 300;
/** A gap that isn't filled by then stays one. */
const PATIENCE_MS = 4_000;

/**
 * What an edge left out for a connection that was too slow is asked for by number. Until it is here,
 * what comes after it waits, so that the player sees one line that is late rather than one with a gap.
 */
export class GapFiller {
  readonly #options: GapFillerOptions;
  /** Chunks that came after the gap: at most as many frames as one request may ask for. */
  #waiting: Chunk[] = [];
  #waitingFrames = 0;
  #next: number | null = null;
  /** Not null while a gap is being filled. */
  #cancel: Cancel | null = null;

  constructor(options: GapFillerOptions) {
    this.#options = options;
  }

  /** Frames of a chunk are consecutive. */
  push(frames: readonly ProgramFrame[], live: boolean): void {
    if (this.#cancel === null) {
      this.#take({ frames, live });
      return;
    }
    this.#waiting.push({ frames, live });
    this.#waitingFrames += frames.length;
    if (this.#waitingFrames > LIMITS.framesPerRequest) this.#goOn();
  }

  /** Sound begins anew: what is missing until there is not asked for. */
  reset(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#waiting = [];
    this.#waitingFrames = 0;
    this.#next = null;
  }

  #take(chunk: Chunk): void {
    const [first, last] = [chunk.frames[0], chunk.frames.at(-1)];
    if (first === undefined || last === undefined) return;
    const from = this.#next;
    const missing = from === null ? 0 : first.number - from;
    this.#next = Math.max(from ?? 0, last.number + 1);
    if (from === null || missing <= 0 || missing > LIMITS.framesPerRequest) {
      this.#options.out(chunk.frames, chunk.live);
      return;
    }
    this.#waiting.push(chunk);
    this.#waitingFrames = chunk.frames.length;
    this.#fill(from, first.number - 1);
  }

  #fill(from: number, to: number): void {
    const { clock, random, fetchFrames, out } = this.#options;
    let isOver = false;
    const cancelPatience = clock.after(PATIENCE_MS, () => this.#goOn());
    const cancelAsking = clock.after(random() * SPREAD_MS, () => {
      const done = (frames: readonly ProgramFrame[]) => {
        if (isOver) return;
        if (frames.length > 0) out(frames, false);
        this.#goOn();
      };
      fetchFrames(from, to).then(done, () => done([]));
    });
    this.#cancel = () => {
      isOver = true;
      cancelPatience();
      cancelAsking();
    };
  }

  /** Hands on what waited, up to the next gap if there is one. */
  #goOn(): void {
    this.#cancel?.();
    this.#cancel = null;
    const [gapped, ...later] = this.#waiting;
    this.#waiting = [];
    this.#waitingFrames = 0;
    if (gapped !== undefined) this.#options.out(gapped.frames, gapped.live);
    for (const { frames, live } of later) this.push(frames, live);
  }
}
