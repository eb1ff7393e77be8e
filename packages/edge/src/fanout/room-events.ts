import {
  type ByeEvent,
  encodeRoomEvent,
  encodeTextFrame,
  type HandQueue,
  type ListenerCount,
  NO_ACTIVITY,
  NO_HANDS,
  type RoomEvent,
  type SpaceSnapshot,
  type StageStatus,
} from "@rostra/wire";

function toMessage(event: RoomEvent): Uint8Array {
  return encodeTextFrame(encodeRoomEvent(event));
}

/** What the welcome says beside the room's state. */
export interface WelcomeFacts {
  readonly latestFrame: number | null;
  readonly oldestFrame: number | null;
  readonly serverTimeMs: number;
  readonly cadenceMs: number;
}

/**
 * The room's state as messages, each made once for all. Changes wait for the next beat, where the
 * newest of each kind leaves together with the sound.
 */
export class RoomEvents {
  #space: SpaceSnapshot;
  #stage: StageStatus = { ...NO_ACTIVITY, up: false };
  #listeners: ListenerCount = { now: 0, peak: 0 };
  #hands: HandQueue = NO_HANDS;
  readonly #pending = new Map<RoomEvent["type"], RoomEvent>();
  #welcome: Uint8Array | undefined;

  constructor(space: SpaceSnapshot) {
    this.#space = space;
  }

  get space(): SpaceSnapshot {
    return this.#space;
  }

  /** @param space a newer snapshot than the one before */
  setSpace(space: SpaceSnapshot): void {
    this.#space = space;
    this.#change({ type: "space", space });
  }

  /** Nothing where the stage says what it said before. */
  setStage(stage: StageStatus): void {
    if (JSON.stringify(stage) === JSON.stringify(this.#stage)) return;
    this.#stage = stage;
    this.#change({ type: "stage", stage });
  }

  /** @param now how many listen on all edges */
  setListeners(now: number): void {
    if (now === this.#listeners.now) return;
    this.#listeners = { now, peak: Math.max(now, this.#listeners.peak) };
    this.#change({ type: "listeners", listeners: this.#listeners });
  }

  setHands(hands: HandQueue): void {
    if (hands.revision === this.#hands.revision && hands.open === this.#hands.open) return;
    this.#hands = hands;
    this.#change({ type: "hands", hands });
  }

  #change(event: RoomEvent): void {
    this.#pending.set(event.type, event);
    this.#welcome = undefined;
  }

  /** @returns the messages that have come up since the last beat; undefined for none */
  beat(): Uint8Array | undefined {
    this.#welcome = undefined;
    if (this.#pending.size === 0) return undefined;
    const messages = [...this.#pending.values()].map(toMessage);
    this.#pending.clear();
    return Buffer.concat(messages);
  }

  /** Made once between two beats: all who come in a storm get the same bytes. */
  welcome(facts: () => WelcomeFacts): Uint8Array {
    this.#welcome ??= toMessage({
      type: "welcome",
      protocol: 1,
      space: this.#space,
      stage: this.#stage,
      listeners: this.#listeners,
      hands: this.#hands,
      ...facts(),
    });
    return this.#welcome;
  }
}

/** @param retryAfterMs when to come back, ms; null: not at all */
export function byeMessage(reason: ByeEvent["reason"], retryAfterMs: number | null): Uint8Array {
  return toMessage({ type: "bye", reason, retryAfterMs });
}
