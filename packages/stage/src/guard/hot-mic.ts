import type { StageAwareness } from "@rostra/wire";

/** Shorter than this is a cough, or a door. */
const SOUNDING_MS = 1_000;
/** After a join, or with another device, people believe for so long that they aren't heard. */
const NEW_MS = 10_000;
/** Whoever hasn't seen the page for so long may have forgotten it. */
const HIDDEN_MS = 20_000;
/** A warning on a page that can be seen has been read by then. */
const READ_MS = 30_000;

/** What the stage knows of a microphone in one tick. */
export interface MicSituation {
  /** Unmuted, on air, and the space live: whoever makes a sound is heard by all. */
  readonly isOpen: boolean;
  /** Voice activity. */
  readonly isSounding: boolean;
}

/** begins: warn the hosts and the owner. over: take the warning back. */
export type HotMicNews = "begins" | "over";

/**
 * Whether a microphone is hot: open and sounding while its owner may not know. They may not know
 * where the voice begins within ten seconds of a join without their having touched the mute button,
 * with the page hidden for twenty seconds or more, or within ten seconds of the microphone having
 * become another device. Each of these warns once. Pure: times are the caller's, ms.
 */
export class HotMic {
  #joinedMs = Number.NEGATIVE_INFINITY;
  #hiddenSinceMs: number | null = null;
  #deviceChanges: number | undefined;
  #deviceChangedMs = Number.NEGATIVE_INFINITY;
  /** When the voice that sounds now began; null: silence. */
  #voiceSinceMs: number | null = null;
  #hotSinceMs: number | null = null;

  get isHot(): boolean {
    return this.#hotSinceMs !== null;
  }

  /** The member came on stage, or came back. */
  joined(nowMs: number): void {
    this.#joinedMs = nowMs;
    // A page that was loaded again counts its devices from the beginning.
    this.#deviceChanges = undefined;
    this.#voiceSinceMs = null;
  }

  /** The member muted or unmuted themself: they know. */
  acted(): HotMicNews | undefined {
    this.#know();
    return this.#end();
  }

  /** The page says what its owner can see, and whether the microphone is another. */
  aware({ hidden, deviceChanges }: StageAwareness, nowMs: number): HotMicNews | undefined {
    // What a page says first is how things stand, not a change.
    if (this.#deviceChanges !== undefined && deviceChanges > this.#deviceChanges) {
      this.#deviceChangedMs = nowMs;
    }
    this.#deviceChanges = deviceChanges;
    const wasHidden = this.#hiddenSinceMs !== null;
    if (hidden) this.#hiddenSinceMs ??= nowMs;
    else this.#hiddenSinceMs = null;
    return wasHidden && !hidden ? this.#end() : undefined;
  }

  /** One tick of the stage. */
  advance({ isOpen, isSounding }: MicSituation, nowMs: number): HotMicNews | undefined {
    if (isOpen && isSounding) this.#voiceSinceMs ??= nowMs;
    else this.#voiceSinceMs = null;
    if (!isOpen) return this.#end();
    if (this.#hotSinceMs !== null) return this.#isRead(nowMs) ? this.#end() : undefined;
    if (this.#voiceSinceMs === null || nowMs - this.#voiceSinceMs < SOUNDING_MS) return undefined;
    if (!this.#mayNotKnow(this.#voiceSinceMs)) return undefined;
    this.#know();
    this.#hotSinceMs = nowMs;
    return "begins";
  }

  #mayNotKnow(sinceMs: number): boolean {
    return (
      sinceMs - this.#joinedMs < NEW_MS ||
      sinceMs - this.#deviceChangedMs < NEW_MS ||
      (this.#hiddenSinceMs !== null && sinceMs - this.#hiddenSinceMs >= HIDDEN_MS)
    );
  }

  /** Whatever might have kept them from knowing is used up: it takes a new one to warn again. */
  #know(): void {
    this.#joinedMs = Number.NEGATIVE_INFINITY;
    this.#deviceChangedMs = Number.NEGATIVE_INFINITY;
    if (this.#hiddenSinceMs !== null) this.#hiddenSinceMs = Number.POSITIVE_INFINITY;
  }

  #isRead(nowMs: number): boolean {
    return this.#hiddenSinceMs === null && nowMs - this.#hotSinceMs! >= READ_MS;
  }

  #end(): HotMicNews | undefined {
    if (this.#hotSinceMs === null) return undefined;
    this.#hotSinceMs = null;
    return "over";
  }
}
