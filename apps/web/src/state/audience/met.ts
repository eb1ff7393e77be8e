import { isObject, isShortText, isUserId, LIMITS, type PresentPerson } from "@rostra/wire";

const KEY = "rostra.met";
/** As many as one question after them may name. */
const MOST = LIMITS.peopleAsked;

/**
 * People whom this browser's owner has heard on stage or shared one with, the latest first. The list
 * never leaves the browser; a space is asked only which of these ids say their names there.
 */
export function parseMet(text: string | null): readonly PresentPerson[] {
  try {
    const value: unknown = JSON.parse(text ?? "[]");
    if (!Array.isArray(value)) return [];
    return value.filter(isPerson).slice(0, MOST);
  } catch {
    return [];
  }
}

function isPerson(value: unknown): value is PresentPerson {
  return isObject(value) && isUserId(value["id"]) && isShortText(value["displayName"], 200);
}

/** @returns the list with `people` first; those known already move up and take their new name */
export function withMet(
  met: readonly PresentPerson[],
  people: readonly PresentPerson[],
): readonly PresentPerson[] {
  const ids = new Set(people.map(({ id }) => id));
  const plain = people.map(({ id, displayName }) => ({ id, displayName }));
  return [...plain, ...met.filter(({ id }) => !ids.has(id))].slice(0, MOST);
}

export function loadMet(): readonly PresentPerson[] {
  try {
    return parseMet(localStorage.getItem(KEY));
  } catch {
    return [];
  }
}

/** Notes people for the next space. */
export function noteMet(people: readonly PresentPerson[]): void {
  if (people.length === 0) return;
  try {
    localStorage.setItem(KEY, JSON.stringify(withMet(loadMet(), people)));
  } catch {
    // Private windows may refuse storage: then nobody is known next time.
  }
}
