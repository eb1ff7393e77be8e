import {
  type Cancel,
  type Clock,
  FRAME_MS,
  LIMITS,
  type ProgramFrame,
  type SpaceId,
} from "@rostra/wire";

/** Frames that wait for one process at most, of all spaces: about 2 MB; and other words. */
const MOST_FRAMES = 8_192;
const MOST_WORDS = 1_024;
/** How much later than asked for anything may leave where no frame sets it off, ms. */
const LATEST_MS = 2 * FRAME_MS;

/** What leaves together: words first, in the order in which they were said. */
export interface Departure {
  readonly words: readonly Uint8Array[];
  readonly frames: ReadonlyMap<SpaceId, readonly ProgramFrame[]>;
}

/** @see Relay.gatherFrames */
export interface Gathering {
  /** How long a frame may wait for others, ms; 0: not at all. */
  readonly withinMs: number;
  /** Behind which of a space's numbers they leave, modulo `withinMs`, in frames. */
  readonly phase: number;
}

/**
 * Frames on their way to a process that wants them together: it wakes up for all of them once, and for
 * what else is said to it meanwhile.
 *
 * They leave when a frame comes whose number is that of the phase: of one space, the leader, whose turn it
 * is for all. So they leave at the same numbers whatever the ticks of the stage do: what waits for a frame
 * waits as long for it each time.
 */
export class FrameGatherer {
  readonly #clock: Clock;
  readonly #onDeparture: (departure: Departure) => void;
  #gathering: Gathering = { withinMs: 0, phase: 0 };
  #words: Uint8Array[] = [];
  #bySpace = new Map<SpaceId, ProgramFrame[]>();
  #frames = 0;
  #framesSinceMs = 0;
  #wordsSinceMs = 0;
  #leader: SpaceId | undefined;
  #leaves = false;
  #cancel: Cancel | undefined;

  constructor(options: { clock: Clock; onDeparture: (departure: Departure) => void }) {
    this.#clock = options.clock;
    this.#onDeparture = options.onDeparture;
  }

  set gathering(gathering: Gathering) {
    this.#gathering = gathering;
    this.flush();
  }

  /** Something else that is said to the process: it waits for the frames that wait. */
  say(word: Uint8Array): void {
    if (this.#words.length >= MOST_WORDS) this.flush();
    if (this.#words.length === 0) this.#wordsSinceMs = this.#clock.nowMs();
    this.#words.push(word);
    if (this.#gathers) this.#watchOver();
    else this.flush();
  }

  add(spaceId: SpaceId, frames: readonly ProgramFrame[]): void {
    const waiting = this.#bySpace.get(spaceId)?.length ?? 0;
    const isTooMuch = waiting + frames.length > LIMITS.chunkFrames;
    if (isTooMuch || this.#frames + frames.length > MOST_FRAMES) this.flush();
    if (this.#frames === 0) this.#framesSinceMs = this.#clock.nowMs();
    this.#keep(spaceId, frames);
    if (!this.#gathers) this.flush();
    else if (this.#isTurn(spaceId, frames)) this.#flushSoon();
    else this.#watchOver();
  }

  /** What waits leaves now. */
  flush(): void {
    if (this.#frames === 0 && this.#words.length === 0) return;
    const departure = { words: this.#words, frames: this.#bySpace };
    this.#words = [];
    this.#bySpace = new Map();
    this.#frames = 0;
    this.#onDeparture(departure);
  }

  /** What waits is dropped. */
  close(): void {
    this.#cancel?.();
    this.#words = [];
    this.#bySpace.clear();
    this.#frames = 0;
  }

  get #gathers(): boolean {
    return this.#gathering.withinMs >= FRAME_MS;
  }

  #keep(spaceId: SpaceId, frames: readonly ProgramFrame[]): void {
    const waiting = this.#bySpace.get(spaceId);
    if (waiting === undefined) this.#bySpace.set(spaceId, [...frames]);
    else waiting.push(...frames);
    this.#frames += frames.length;
  }

  #isTurn(spaceId: SpaceId, frames: readonly ProgramFrame[]): boolean {
    this.#leader ??= spaceId;
    const { withinMs, phase } = this.#gathering;
    const length = Math.floor(withinMs / FRAME_MS);
    const isDue = this.#clock.nowMs() - this.#framesSinceMs >= withinMs;
    // Its leader has fallen silent, or leaves that number out: another goes on.
    if (isDue) this.#leader = spaceId;
    const isItsTurn = spaceId === this.#leader;
    return isDue || (isItsTurn && frames.some((it) => it.number % length === phase % length));
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
  #watchOver(afterMs = this.#patienceMs): void {
    this.#cancel ??= this.#clock.after(afterMs, () => {
      this.#cancel = undefined;
      const overdueMs = this.#clock.nowMs() - this.#patienceMs + 1;
      if (this.#frames > 0 && this.#framesSinceMs <= overdueMs) this.flush();
      else if (this.#words.length > 0 && this.#wordsSinceMs <= overdueMs) this.#letWordsGo();
      const left = [
        ...(this.#frames > 0 ? [this.#framesSinceMs] : []),
        ...(this.#words.length > 0 ? [this.#wordsSinceMs] : []),
      ];
      if (left.length > 0) this.#watchOver(Math.min(...left) - overdueMs + 1);
    });
  }

  get #patienceMs(): number {
    return this.#gathering.withinMs + LATEST_MS;
  }

  /** Frames that have come since wait for their turn. */
  #letWordsGo(): void {
    const words = this.#words;
    this.#words = [];
    this.#onDeparture({ words, frames: new Map() });
  }
}
