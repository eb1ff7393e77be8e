import { type Clock, systemClock } from "@rostra/wire";
import type { Bus } from "./bus.ts";
import { decodeFleetMessage } from "./message.ts";

/** A process of a fleet, as somebody notices it who only listens. */
export interface SightedProcess {
  readonly name: string;
  /** Lives under that name: more than one, and they take each other's place in turns. */
  readonly lives: number;
  /** How far its clock is ahead of ours, ms; undefined where it has set nothing meanwhile. */
  readonly aheadMs: number | undefined;
}

/** Behind each name stands a dash and eight hex digits: this life of the process. */
const AUTHOR = /^(?<name>.+)-[\da-f]{8}$/;

/**
 * Listens to the beats of a fleet for a while; says nothing. What processes set carries their own
 * time, so their clocks show, too late by what a message takes.
 * @param forMs long enough for some beats (250 ms) and an edge's load (1 s)
 */
export async function listenToFleet(
  buses: readonly Bus[],
  fleet: string,
  forMs: number,
  clock: Clock = systemClock,
): Promise<SightedProcess[]> {
  const authors = new Map<string, number | undefined>();
  const take = (bytes: Uint8Array) => {
    const message = decoded(bytes);
    if (message?.kind === "bye") authors.delete(message.author);
    if (message?.kind === "beat" && !authors.has(message.author)) {
      authors.set(message.author, undefined);
    }
    if (message?.kind === "set") {
      const { author, at } = message.entry;
      const aheadMs = at - clock.nowMs();
      // The least that a message took is nearest to the truth.
      authors.set(author, Math.max(aheadMs, authors.get(author) ?? Number.NEGATIVE_INFINITY));
    }
  };
  const unsubscribes = buses.map((bus) => bus.subscribe(`${fleet}.state`, take));
  await new Promise<void>((resolve) => clock.after(forMs, resolve));
  for (const unsubscribe of unsubscribes) unsubscribe();
  return byName(authors);
}

function decoded(bytes: Uint8Array) {
  try {
    return decodeFleetMessage(bytes);
  } catch {
    return undefined;
  }
}

function byName(authors: ReadonlyMap<string, number | undefined>): SightedProcess[] {
  const found = new Map<string, SightedProcess>();
  for (const [author, aheadMs] of authors) {
    const name = AUTHOR.exec(author)?.groups?.["name"] ?? author;
    const known = found.get(name);
    found.set(name, { name, lives: (known?.lives ?? 0) + 1, aheadMs: aheadMs ?? known?.aheadMs });
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
