import {
  type Cancel,
  ChunkWatch,
  KnownPlaces,
  SecondLinkPace,
  secondPatienceMs,
  secondPlaces,
} from "@rostra/wire";
import { ChangeOver, type ChangeOverOptions } from "./change-over.ts";
import type { ConnectionPlatform, ConnectionTarget } from "./ports.ts";

/** Loaded a while after the first sound: when it is needed, nobody may answer where it comes from. */

/** For who has loaded this: sync, and with no need of the edge that is silent. */
export function beginTry(options: Omit<ChangeOverOptions, "isTry">): ChangeOver {
  return new ChangeOver({ ...options, isTry: true });
}

/** How long an answer of where there is room is good for, ms, and up to as much more. */
const ANSWER_KEPT_MS = 300_000;
/** A timer this late says that the page was busy, ms: what came meanwhile is read first. */
const PAGE_LATE_MS = 50;

export interface SecondLinkOptions {
  readonly cadenceMs: number;
  /** How long the link that there is took from its beginning to the first word, ms. */
  readonly joinMs: () => number;
  readonly isCurrent: (url: string) => boolean;
  /**
   * Makes a link beside the one that there is: {@link SecondLink.failed} where it came to nothing.
   * @param url undefined: the address that there is
   * @param isSecond whether it says that it is one beside another
   */
  readonly open: (url: string | undefined, patienceMs: number, isSecond: boolean) => void;
}

/**
 * Make before break for an edge that falls silent: watches how late chunks are, and tries other edges
 * beside it while it may still come back. Whoever brings the next frames first is the link.
 */
export class SecondLink {
  readonly #platform: ConnectionPlatform;
  readonly #target: ConnectionTarget;
  readonly #options: SecondLinkOptions;
  readonly #watch: ChunkWatch;
  readonly #pace = new SecondLinkPace();
  readonly #known = new KnownPlaces();
  #left: readonly (string | undefined)[] = [];
  #isTrying = false;
  /** Before this a try that has failed was refused, ms. */
  #triesUntilMs = 0;
  #cancelLate: Cancel = () => {};
  #cancelAsking: Cancel = () => {};
  #closed = false;

  constructor(platform: ConnectionPlatform, target: ConnectionTarget, options: SecondLinkOptions) {
    [this.#platform, this.#target, this.#options] = [platform, target, options];
    this.#watch = new ChunkWatch(options.cadenceMs);
    void this.#ask();
  }

  setCadence(cadenceMs: number, fromFrame?: number): void {
    this.#watch.setCadence(cadenceMs, fromFrame);
    this.#wait();
  }

  /** @param live false for sound from before the link began */
  arrived(lastFrame: number, live: boolean): void {
    this.#watch.arrived(lastFrame, this.#platform.clock.nowMs(), live);
    [this.#left, this.#isTrying] = [[], false];
    this.#pace.heard();
    this.#wait();
  }

  /** A try came to nothing: the next one, if there is one; else, silent on, all again after a rest. */
  failed(): void {
    if (this.#platform.clock.nowMs() < this.#triesUntilMs) this.#pace.refused();
    this.#next();
  }

  #next(): void {
    this.#isTrying = false;
    if (this.#left.length === 0) this.#wait();
    else this.#tryNext();
  }

  /** Another link is the link now, or begins to be. @param won a try, which had sound first */
  begin(won = false): void {
    if (won) this.#pace.won();
    this.#watch.begin();
    [this.#left, this.#isTrying] = [[], false];
    this.#cancelLate();
  }

  /** Another place than the one that has just gone; undefined where none is known. */
  elsewhere(): string | undefined {
    return this.#places()[0];
  }

  close(): void {
    this.#closed = true;
    this.#cancelLate();
    this.#cancelAsking();
  }

  #wait(): void {
    this.#cancelLate();
    const { clock, random } = this.#platform;
    const atMs = this.#watch.lateAtMs(random());
    if (atMs === Number.POSITIVE_INFINITY) return;
    this.#waitUntil(Math.max(clock.nowMs(), this.#pace.fromMs(atMs)), false);
  }

  /** @param isSure false while it may be the page that is late, with chunks that wait to be read */
  #waitUntil(atMs: number, isSure: boolean): void {
    const { clock } = this.#platform;
    this.#cancelLate = clock.after(Math.max(0, atMs - clock.nowMs()), () => {
      const nowMs = clock.nowMs();
      if (this.#isTrying) return;
      if (isSure || nowMs - atMs < PAGE_LATE_MS) this.#late();
      else this.#waitUntil(nowMs + PAGE_LATE_MS, true);
    });
  }

  #late(): void {
    const { clock, random } = this.#platform;
    this.#pace.begin(clock.nowMs(), random());
    this.#left = this.#places();
    this.#next();
  }

  #places(): readonly (string | undefined)[] {
    return secondPlaces(this.#known.tiers, this.#options.isCurrent, this.#platform.random);
  }

  #tryNext(): void {
    const [place, ...left] = this.#left;
    this.#left = left;
    this.#isTrying = true;
    const nowMs = this.#platform.clock.nowMs();
    const patienceMs = secondPatienceMs(this.#options.joinMs(), left.length === 0);
    this.#triesUntilMs = nowMs + patienceMs;
    this.#options.open(place, patienceMs, !this.#pace.isReturn);
  }

  async #ask(): Promise<void> {
    const { clock, random, findRoom } = this.#platform;
    const room = await findRoom(this.#target.origin, this.#target.spaceId, random());
    if (this.#closed) return;
    // Where nobody answers, what was said before is the best there is.
    if (room.kind === "live") this.#known.add(room.tiers ?? []);
    this.#cancelAsking = clock.after(ANSWER_KEPT_MS * (1 + random()), () => void this.#ask());
  }
}
