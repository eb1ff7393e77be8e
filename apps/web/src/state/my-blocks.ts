import { signal } from "@preact/signals";
import { isUserId, type UserId } from "@rostra/wire";

const KEY = "rostra.blocks";
/** As many as a page needs to mark; the server's list may be longer. */
const MOST = 1_000;

/**
 * Whom this person keeps away from, with the names that they had: shown to nobody else. The server
 * keeps the list; this copy makes the first page know it without asking for it.
 */
export const myBlocks = signal<ReadonlyMap<UserId, string>>(load());

/** @param text what an earlier visit stored; whatever else is there counts as nobody */
export function parseBlocks(text: string | null): ReadonlyMap<UserId, string> {
  try {
    const value: unknown = JSON.parse(text ?? "[]");
    if (!Array.isArray(value)) return new Map();
    const entries = value.filter(
      (entry): entry is [UserId, string] =>
        Array.isArray(entry) && isUserId(entry[0]) && typeof entry[1] === "string",
    );
    return new Map(entries.slice(0, MOST));
  } catch {
    return new Map();
  }
}

/** Takes the list over, here and for the next visit. */
export function keepBlocks(blocks: ReadonlyMap<UserId, string>): void {
  myBlocks.value = blocks;
  try {
    if (blocks.size === 0) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, JSON.stringify([...blocks].slice(0, MOST)));
  } catch {
    // Private windows may refuse storage: the marks are then forgotten with the page.
  }
}

function load(): ReadonlyMap<UserId, string> {
  try {
    return parseBlocks(localStorage.getItem(KEY));
  } catch {
    return new Map();
  }
}
