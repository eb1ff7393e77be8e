import type { Entry } from "./versioned-state.ts";

/** NATS takes a megabyte a message by default; parts leave room for what stands around them. */
const PART_CHARS = 256 * 1024;
const PART_ENTRIES = 1_000;

/**
 * Entries in parts that each fit into one message, sorted by key. There is at least one part; a
 * single entry may be larger than a part should be.
 */
export function inParts(entries: readonly Entry[]): Entry[][] {
  const sorted = [...entries].sort((a, b) => (a.key < b.key ? -1 : 1));
  const parts: Entry[][] = [[]];
  let chars = 0;
  for (const entry of sorted) {
    const size = JSON.stringify(entry).length;
    const part = parts.at(-1)!;
    if (part.length > 0 && (chars + size > PART_CHARS || part.length >= PART_ENTRIES)) {
      parts.push([entry]);
      chars = size;
    } else {
      part.push(entry);
      chars += size;
    }
  }
  return parts;
}
