import { REACTIONS, type Reaction, type ReactionCounts } from "@rostra/wire";

/** Those that are at hand; the others come with one more press. */
export const AT_HAND: readonly Reaction[] = REACTIONS.slice(0, 5);
export const MORE: readonly Reaction[] = REACTIONS.slice(5);

/** What a screen reader calls one of them. */
export const REACTION_NAMES: Readonly<Record<Reaction, string>> = {
  "❤️": "heart",
  "👏": "clapping",
  "😂": "laughing",
  "🎉": "party",
  "🔥": "fire",
  "👍": "thumbs up",
  "🙌": "raised hands",
  "😮": "surprise",
  "😢": "sadness",
  "💯": "hundred",
  "🤔": "thinking",
  "🙏": "thanks",
};

/** Drawn at once, however many react: more would only cost battery. */
export const MOST_PARTICLES = 40;
/** New ones for one update: four updates a second, each seen for two seconds. */
const PER_UPDATE = 5;

/**
 * Which particles to draw for a sum of reactions: each kind at least once while there is room, more
 * of what there is more of.
 * @param room how many may still be drawn
 */
export function particlesFor(counts: ReactionCounts, room: number): Reaction[] {
  const kinds = REACTIONS.filter((emoji) => (counts[emoji] ?? 0) > 0).sort(
    (a, b) => counts[b]! - counts[a]!,
  );
  const total = kinds.reduce((sum, emoji) => sum + counts[emoji]!, 0);
  const most = Math.max(0, Math.min(room, PER_UPDATE, total));
  const drawn: Reaction[] = kinds.slice(0, most);
  for (const emoji of kinds) {
    const share = Math.round((counts[emoji]! / total) * most) - 1;
    for (let n = 0; n < share && drawn.length < most; n += 1) drawn.push(emoji);
  }
  return drawn;
}

/** Sums of reactions over a while. */
export function addCounts(sum: ReactionCounts, more: ReactionCounts): ReactionCounts {
  const result: { [R in Reaction]?: number } = { ...sum };
  for (const emoji of REACTIONS) {
    const count = more[emoji] ?? 0;
    if (count > 0) result[emoji] = (result[emoji] ?? 0) + count;
  }
  return result;
}

/** "Reactions: 12 clapping, 3 heart"; the three of which there are most, empty where there are none. */
export function summaryOf(counts: ReactionCounts, locale?: string): string {
  const figures = new Intl.NumberFormat(locale);
  const words = REACTIONS.filter((emoji) => (counts[emoji] ?? 0) > 0)
    .sort((a, b) => counts[b]! - counts[a]!)
    .slice(0, 3)
    .map((emoji) => `${figures.format(counts[emoji]!)} ${REACTION_NAMES[emoji]}`);
  return words.length === 0 ? "" : `Reactions: ${words.join(", ")}`;
}

/** As many as the edge takes from one listener: five at once, two a second. */
export class OwnPace {
  #left = 5;
  #atMs = 0;

  /** @returns false for one that the edge would pass over */
  spend(nowMs: number): boolean {
    this.#left = Math.min(5, this.#left + Math.max(0, nowMs - this.#atMs) * 0.002);
    this.#atMs = nowMs;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}

/** The keys 1 to 5. @returns undefined for any other */
export function reactionOfKey(key: string): Reaction | undefined {
  return /^[1-5]$/.test(key) ? AT_HAND[Number(key) - 1] : undefined;
}
