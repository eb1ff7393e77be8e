import type { SpaceId } from "@rostra/wire";
import { type Observable, Subject } from "../observable.ts";
import { IDLE_STATE, type ListenerState, type OutputKind } from "./state.ts";

export interface SpaceListenerOptions {
  /** Origin of the server; left out: the page's own. */
  readonly baseUrl?: string;
  readonly spaceId: SpaceId;
  /** 0 to 1; left out: 1. */
  readonly volume?: number;
  /** Left out or `auto`: the best that this browser has. */
  readonly output?: OutputKind | "auto";
}

/**
 * Hears one space. `open` connects for the room's events alone; `start` adds sound; `pause` takes
 * the sound away again. It reconnects by itself, for as long as it isn't closed.
 */
export class SpaceListener {
  readonly #state = new Subject<ListenerState>(IDLE_STATE);

  constructor(_options: SpaceListenerOptions) {}

  get state(): Observable<ListenerState> {
    return this.#state;
  }

  /** Connects for room events without sound. Doing it again changes nothing. */
  open(): void {}

  /**
   * Plays, at live. Call it in a click or key handler, before any `await`: browsers give sound to
   * gestures only. Opens the connection if need be.
   * @throws {ListenerError} `needs-gesture`, `no-output`
   */
  start(): Promise<void> {
    throw new Error("TODO");
  }

  /** Stops the sound; room events keep coming. `start` comes back at live. */
  pause(): void {}

  /** @param volume 0 to 1. iOS leaves the volume to its buttons and ignores this in elements. */
  setVolume(_volume: number): void {}

  /** Ends connection and sound for good. */
  async close(): Promise<void> {}
}
