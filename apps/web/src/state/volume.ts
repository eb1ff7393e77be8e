import { isObject } from "@rostra/wire";

/** How loud, from 0 to 1, and whether the sound is switched off for the moment. */
export interface Volume {
  readonly level: number;
  readonly isOff: boolean;
}

export const FULL_VOLUME: Volume = { level: 1, isOff: false };
const KEY = "rostra.volume";

/** What the listener is set to. */
export function effectiveVolume(volume: Volume): number {
  return volume.isOff ? 0 : volume.level;
}

/** Moving the slider to the bottom is switching off; moving it up switches on. */
export function atLevel(level: number): Volume {
  const bounded = Math.min(1, Math.max(0, level));
  return { level: bounded, isOff: bounded === 0 };
}

/** Switching on after the slider was pulled to the bottom must be heard. */
export function toggled(volume: Volume): Volume {
  if (!volume.isOff) return { ...volume, isOff: true };
  return { level: volume.level === 0 ? 1 : volume.level, isOff: false };
}

/** @param text what an earlier visit stored; whatever else is there counts as full volume */
export function parseVolume(text: string | null): Volume {
  if (text === null) return FULL_VOLUME;
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value) && typeof value["level"] === "number" && value["level"] >= 0) {
      return { level: Math.min(1, value["level"]), isOff: value["isOff"] === true };
    }
  } catch {
    // Not ours, or cut off: start afresh.
  }
  return FULL_VOLUME;
}

/** Private windows may refuse storage; the volume is then forgotten with the page. */
export function loadVolume(): Volume {
  try {
    // Only the level is taken up: who comes back is never met with silence.
    return { ...parseVolume(localStorage.getItem(KEY)), isOff: false };
  } catch {
    return FULL_VOLUME;
  }
}

export function saveVolume(volume: Volume): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(volume));
  } catch {
    // See loadVolume.
  }
}
