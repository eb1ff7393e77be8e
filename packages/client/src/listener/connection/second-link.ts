import {
  askAgainMs,
  type Cancel,
  ChunkWatch,
  GONE_MS,
  KnownPlaces,
  type PlaceNotes,
  type ProgramFrame,
  SecondLinkPace,
  secondPatienceMs,
  secondPlaces,
} from "@rostra/wire";
import type { NewFrames } from "./arrived-frames.ts";
import { ChangeOver, type ChangeOverOptions } from "./change-over.ts";
import { Former, type FormerLink } from "./former.ts";
import type { ConnectionPlatform, ConnectionTarget } from "./ports.ts";
import { Standby, type Way } from "./standby.ts";

// Loaded a while after the first sound: when it is needed, nobody may answer where it comes from. What moves
// a listener is part of it: an edge that goes needn't be asked for that either.

export { ChangeOver, whereToMove } from "./change-over.ts";

/** For who has loaded this: sync, and with no need of the edge that is silent. */
export function beginTry(options: Omit<ChangeOverOptions, "isTry">): ChangeOver {
  return new ChangeOver({ ...options, isTry: true });
}

/** A timer this late says that the page was busy, ms: what came meanwhile is read first. */
const PAGE_LATE_MS = 50;

export interface SecondLinkOptions {
  readonly cadenceMs: number;
  /** How long the link that there is took from its beginning to the first word, ms. */
  readonly joinMs: () => number;
  readonly isCurrent: (url: string) => boolean;
  /** Number of the newest frame that came; null for none. */
  readonly lastFrame: () => number | null;
  /** Frames came by the link before. */
  readonly frames: (frames: readonly ProgramFrame[]) => void;
  /** The link before is the better one. */
  readonly goBack: (former: FormerLink) => void;
  /**
   * Makes a link beside the one that there is: {@link SecondLink.failed} where it came to nothing.
   * @param way without an address: to the one that there is
   */
  readonly open: (way: Way, patienceMs: number) => void;
}

/**
 * Make before break for an edge that falls silent: watches how late chunks are, and tries other edges
 * beside it while it may still come back. Where another one has sound, both go on for a while, and the better one stays.
 */
export class SecondLink {
  readonly #platform: ConnectionPlatform;
  readonly #target: ConnectionTarget;
  readonly #options: SecondLinkOptions;
  readonly #watch: ChunkWatch;
  readonly #pace = new SecondLinkPace();
  readonly #known = new KnownPlaces();
  /** Places, no more than are known, that came to nothing since the last answer, and when, ms: not where to go first. */
  readonly #bad = new Map<string, number>();
  readonly standby: Standby;
  #left: readonly (string | undefined)[] = [];
  #isTrying = false;
  /** Before this a try that has failed was refused, ms. */
  #triesUntilMs = 0;
  #cancelLate: Cancel = () => {};
  #cancelAsking: Cancel = () => {};
  /** Answers in a row that named nobody else. */
  #alone = 0;
  #closed = false;
  #former: Former | null = null;

  constructor(platform: ConnectionPlatform, target: ConnectionTarget, options: SecondLinkOptions) {
    [this.#platform, this.#target, this.#options] = [platform, target, options];
    this.#watch = new ChunkWatch(options.cadenceMs);
    this.standby = new Standby(platform, {
      drawPlace: () => this.elsewhere(),
      isCurrent: options.isCurrent,
      onBad: (url) => this.gone(url),
    });
    void this.#ask();
  }

  setCadence(cadenceMs: number, fromFrame?: number): void {
    this.#watch.setCadence(cadenceMs, fromFrame);
    this.#wait();
  }

  arrived({ frames, last, live }: NewFrames): void {
    this.#watch.arrived(last, this.#platform.clock.nowMs(), live);
    [this.#left, this.#isTrying] = [[], false];
    const fillsIn = this.#pace.heard(frames[0]!.holding, this.#watch.lateMs);
    if (this.#known.tiers.length > 0) this.standby.keep();
    if (fillsIn && this.standby.standing !== undefined) this.#late();
    else this.#wait();
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
    this.#dropFormer();
    if (won) this.#pace.won();
    this.#watch.begin();
    [this.#left, this.#isTrying] = [[], false];
    this.#cancelLate();
  }

  /** A try has taken over: the link before goes on beside it. @param isAhead whether that had new sound before it */
  keepBeside(former: FormerLink, isAhead: boolean): void {
    this.#former = new Former(former, {
      clock: this.#platform.clock,
      isAhead,
      frames: this.#options.frames,
      turns: (frames) => this.#turns(frames),
      over: (isBetter) => {
        const better = isBetter ? this.takeFormer() : undefined;
        if (better !== undefined) this.#options.goBack(better);
        else this.#stays();
      },
    });
  }

  /** Frames came by the link that there is. @returns whether they are left to the link before, which is the link again */
  outran(frames: readonly ProgramFrame[]): boolean {
    return this.#former?.outran(frames) === true;
  }

  #turns(frames: readonly ProgramFrame[]): boolean {
    const last = this.#options.lastFrame() ?? -1;
    const first = frames.find(({ number }) => number > last);
    return first !== undefined && this.#pace.turns(first.holding);
  }

  /** @returns the link before, where it still goes on beside the one that there is; the caller's from now on */
  takeFormer(): FormerLink | undefined {
    const former = this.#former?.take();
    this.#former = null;
    return former;
  }

  #stays(): void {
    this.#dropFormer();
    this.#pace.won();
  }

  #dropFormer(): void {
    this.#former?.close();
    this.#former = null;
  }

  /** Whether the try goes on although the first link brings sound again. */
  get insists(): boolean {
    return this.#pace.insists;
  }

  /** A link there has ended without a word. */
  gone(url: string): void {
    this.#bad.set(url, this.#platform.clock.nowMs());
  }

  /** Another place than the one that there is; undefined where none is known. */
  elsewhere(): string | undefined {
    const places = this.#places();
    return places.find((place) => place !== undefined && !this.#bad.has(place)) ?? places[0];
  }

  close(): void {
    this.#closed = true;
    this.#dropFormer();
    this.standby.letGo();
    this.#cancelLate();
    this.#cancelAsking();
  }

  #wait(): void {
    this.#cancelLate();
    const { clock, random } = this.#platform;
    const standsBy = this.standby.standing !== undefined;
    const atMs = this.#watch.lateAtMs(random(), standsBy);
    if (atMs === Number.POSITIVE_INFINITY) return;
    this.#waitUntil(Math.max(clock.nowMs(), this.#pace.fromMs(atMs, standsBy)), false);
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
    const standsAt = this.standby.standing?.url;
    this.#left = this.#places({ standsAt, isGone: (url) => this.#isGone(url) });
    this.#next();
  }

  /** Who has had nothing for so long that one row was in vain goes wherever there may be something. */
  #isGone(url: string): boolean {
    if (this.#pace.isReturn) return false;
    const atMs = this.#bad.get(url);
    return atMs !== undefined && this.#platform.clock.nowMs() - atMs < GONE_MS;
  }

  #places(notes: PlaceNotes = {}): readonly (string | undefined)[] {
    return secondPlaces(this.#known.tiers, this.#options.isCurrent, this.#platform.random, notes);
  }

  #tryNext(): void {
    const [place, ...left] = this.#left;
    this.#left = left;
    this.#isTrying = true;
    const nowMs = this.#platform.clock.nowMs();
    const patienceMs = secondPatienceMs(this.#options.joinMs(), left.length === 0);
    this.#triesUntilMs = nowMs + patienceMs;
    const { standing } = this.standby;
    const way = standing?.url === place ? standing : { url: place };
    this.#options.open({ ...way, isSecond: !this.#pace.isReturn }, patienceMs);
  }

  async #ask(): Promise<void> {
    const { clock, random, findRoom } = this.#platform;
    const room = await findRoom(this.#target.origin, this.#target.spaceId, random());
    if (this.#closed) return;
    const tiers = room.kind === "live" ? (room.tiers ?? []) : [];
    // Where nobody answers, what was said before is the best there is.
    if (room.kind === "live") {
      this.#known.add(tiers, clock.nowMs());
      this.#bad.clear();
    }
    const places = tiers.filter(({ tier }) => tier === "live").length;
    const waitMs = askAgainMs(places, this.#alone, random());
    this.#alone = places > 1 ? 0 : this.#alone + 1;
    this.#cancelAsking = clock.after(waitMs, () => void this.#ask());
  }
}
