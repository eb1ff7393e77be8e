import { signal } from "@preact/signals";
import type { NoiseSuppression } from "@rostra/client";
import { isObject, isOneOf } from "@rostra/wire";

/** How this person likes to speak, on this device. */
export interface Preferences {
  /** The microphone is silent unless a key or button is held. */
  readonly pushToTalk: boolean;
  /** Single keys act: not for those whose speech input or keyboard presses them by accident. */
  readonly shortcuts: boolean;
  /** What takes the noise out of a voice. */
  readonly noise: NoiseSuppression;
  /** Whose loudspeaker the stage is heard on; empty: the system's choice. */
  readonly speakerId: string;
}

const KEY = "rostra.preferences";
const NOISES: readonly NoiseSuppression[] = ["platform", "strong", "off"];
const DEFAULTS: Preferences = {
  pushToTalk: false,
  shortcuts: true,
  noise: "platform",
  speakerId: "",
};

/** @param text what an earlier visit stored; what isn't understood is as if never set */
export function parsePreferences(text: string | null): Preferences {
  try {
    const value: unknown = JSON.parse(text ?? "null");
    if (!isObject(value)) return DEFAULTS;
    const { pushToTalk, shortcuts, noise, speakerId } = value;
    return {
      pushToTalk: pushToTalk === true,
      shortcuts: shortcuts !== false,
      noise: isOneOf(noise, NOISES) ? noise : DEFAULTS.noise,
      speakerId: typeof speakerId === "string" ? speakerId : "",
    };
  } catch {
    return DEFAULTS;
  }
}

export const preferences = signal<Preferences>(load());

export function setPreferences(changes: Partial<Preferences>): void {
  preferences.value = { ...preferences.value, ...changes };
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences.value));
  } catch {
    // Private windows may refuse storage; they are then forgotten with the page.
  }
}

function load(): Preferences {
  try {
    return parsePreferences(localStorage.getItem(KEY));
  } catch {
    return DEFAULTS;
  }
}
