import { chooseTier, isListenTier, type MoveEvent } from "@rostra/wire";
import type { Link, LinkEvents } from "./link.ts";

/** Loaded with what watches for an edge that falls silent, or when one goes before that. */

/** @returns where a listener goes, in full; undefined where the edge knows of no place */
export function whereToMove(
  { tiers }: MoveEvent,
  origin: string,
  random: number,
): string | undefined {
  const live = tiers.filter(isListenTier).filter(({ tier }) => tier === "live");
  const url = chooseTier(live, random)?.url;
  return url?.startsWith("/") ? origin + url : url;
}

export interface ChangeOverOptions {
  /** Begins the new link. */
  readonly open: (events: LinkEvents) => Link;
  /** Who hears the new link, from the moment it has been adopted. */
  readonly events: LinkEvents;
  /** Whether sound must flow before the old link may go; else a welcome is enough. */
  readonly waitsForSound: boolean;
  /** The new link carries on: adopt it now. */
  readonly onReady: () => void;
  /** The new link came to nothing; the old one is as it was. */
  readonly onFailed: () => void;
  /** Where it goes, in full. */
  readonly url: string;
  /** When it begins, ms. */
  readonly sinceMs: number;
  /** True where the old link may come back, and is then the link as before; absent: it goes. */
  readonly isTry?: boolean;
  /** Whether the new link has waited for this: absent, it is a connection that is made now. */
  readonly hasWaited?: boolean;
}

/**
 * A second link beside the one that works: what it says is held back until it carries on where the
 * first one is, and nobody notices which of them it comes from.
 */
export class ChangeOver {
  readonly link: Link;
  readonly url: string;
  readonly sinceMs: number;
  readonly isTry: boolean;
  readonly hasWaited: boolean;
  /** Whether the old link had new sound before this one. */
  isOutrun = false;
  /** What the link has said so far; null once it's adopted. A welcome and a few events: no more. */
  #held: (() => void)[] | null = [];

  constructor(options: ChangeOverOptions) {
    const { open, events, waitsForSound, onReady, onFailed } = options;
    [this.url, this.sinceMs] = [options.url, options.sinceMs];
    [this.isTry, this.hasWaited] = [options.isTry === true, options.hasWaited === true];
    this.link = open({
      event: (event) => {
        this.#pass(() => events.event(event));
        if (this.#held !== null && event.type === "welcome" && !waitsForSound) onReady();
      },
      frames: (frames) => {
        if (this.#held !== null) onReady();
        events.frames(frames);
      },
      ended: (end) => {
        if (this.#held === null) events.ended(end);
        else onFailed();
      },
    });
  }

  /** It is the link from now on. */
  adopt(): Link {
    const held = this.#held ?? [];
    this.#held = null;
    for (const tell of held) tell();
    return this.link;
  }

  #pass(tell: () => void): void {
    if (this.#held === null) tell();
    else this.#held.push(tell);
  }
}
