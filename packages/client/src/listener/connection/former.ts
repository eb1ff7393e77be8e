import {
  type Cancel,
  CLOSE,
  type Clock,
  type ProgramFrame,
  SIDE_BY_SIDE_MS,
  SideBySide,
} from "@rostra/wire";
import type { Link } from "./link.ts";

/** A link that another one has taken over from, and what goes with it. */
export interface FormerLink {
  readonly link: Link;
  readonly url: string;
  /** When it began, ms. */
  readonly sinceMs: number;
  readonly cadenceMs: number;
}

export interface FormerOptions {
  readonly clock: Clock;
  /** Whether it had new sound before the other one. */
  readonly isAhead: boolean;
  readonly frames: (frames: readonly ProgramFrame[]) => void;
  /** Whether these would put holding sound after voices. */
  readonly turns: (frames: readonly ProgramFrame[]) => boolean;
  /** It has ended, or both have been compared. @param isBetter whether it should be the link again */
  readonly over: (isBetter: boolean) => void;
}

/**
 * Keeps the link that was late beside the one that has taken over, for as long as nothing is known of that: frames are
 * taken from both, and the better one stays. Where one of them turns to holding sound the other may still have voices: then
 * that one stays at once. Owns the former until it is taken back.
 */
export class Former {
  readonly #former: FormerLink;
  readonly #options: FormerOptions;
  readonly #sideBySide: SideBySide;
  readonly #cancel: Cancel;
  #cadenceMs: number;

  constructor(former: FormerLink, options: FormerOptions) {
    const { clock, isAhead, over } = options;
    [this.#former, this.#options, this.#cadenceMs] = [former, options, former.cadenceMs];
    this.#sideBySide = new SideBySide(isAhead, clock.nowMs());
    this.#cancel = clock.after(SIDE_BY_SIDE_MS, () =>
      over(this.#sideBySide.isFormerBetter(clock.nowMs())),
    );
    former.link.handTo({
      event: (event) => {
        // All that happens in the room is said by the new one as well.
        if (event.type === "cadence") this.#cadenceMs = event.cadenceMs;
      },
      frames: (frames) => {
        this.#note(true, frames);
        if (options.turns(frames)) over(false);
        else options.frames(frames);
      },
      ended: () => over(false),
    });
  }

  /** Frames came by the new link. @returns whether they should be left to the former, which is the link again */
  outran(frames: readonly ProgramFrame[]): boolean {
    this.#note(false, frames);
    const turns = this.#options.turns(frames);
    if (turns) this.#options.over(true);
    return turns;
  }

  /** It belongs to whoever takes it. */
  take(): FormerLink {
    this.#cancel();
    return { ...this.#former, cadenceMs: this.#cadenceMs };
  }

  close(): void {
    this.take().link.close(CLOSE.normal);
  }

  #note(isFormer: boolean, frames: readonly ProgramFrame[]): void {
    const last = frames.at(-1)!.number;
    this.#sideBySide.arrived(isFormer, last, frames.length, this.#options.clock.nowMs());
  }
}
