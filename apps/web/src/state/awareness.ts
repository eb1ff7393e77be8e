import type { Awareness } from "@rostra/client";

/**
 * What the hot-microphone guard is told: whether the page is seen, and how often the microphone
 * became another device since this person joined. Pure; the first device is no change.
 */
export class AwarenessTracker {
  #deviceId: string | null = null;
  #awareness: Awareness = { hidden: false, deviceChanges: 0 };

  get value(): Awareness {
    return this.#awareness;
  }

  /** @returns what to tell the stage; null where nothing changed */
  setHidden(hidden: boolean): Awareness | null {
    if (hidden === this.#awareness.hidden) return null;
    this.#awareness = { ...this.#awareness, hidden };
    return this.#awareness;
  }

  /** @param deviceId null while there is none: the next one is compared with the last */
  setDevice(deviceId: string | null): Awareness | null {
    if (deviceId === null || deviceId === this.#deviceId) return null;
    const isFirst = this.#deviceId === null;
    this.#deviceId = deviceId;
    if (isFirst) return null;
    const deviceChanges = this.#awareness.deviceChanges + 1;
    this.#awareness = { ...this.#awareness, deviceChanges };
    return this.#awareness;
  }
}
