import type { PathMemory } from "./choose-peer.ts";

/** Stages that are remembered; the one that was met first goes. */
const MAX_KEPT = 16;

/**
 * What a page has learnt of its ways to stages. Each stage has its own: of two, one alone may have its
 * UDP port blocked. Of a stage that is new the page expects what it met last.
 */
export class PathMemories {
  readonly #byAddress = new Map<string, PathMemory>();

  /** @param address where the stage is asked */
  of(address: string): PathMemory {
    const known = this.#byAddress.get(address);
    if (known !== undefined) return known;
    const [oldest] = this.#byAddress.keys();
    const newest = [...this.#byAddress.values()].at(-1);
    if (oldest !== undefined && this.#byAddress.size >= MAX_KEPT) this.#byAddress.delete(oldest);
    const memory = { udpBlocked: newest?.udpBlocked ?? false };
    this.#byAddress.set(address, memory);
    return memory;
  }
}
