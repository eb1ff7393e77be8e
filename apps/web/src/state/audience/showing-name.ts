import { type ReadonlySignal, signal } from "@preact/signals";
import type { RostraApi, SpaceListener } from "@rostra/client";
import type { Cancel, Clock, SpaceId } from "@rostra/wire";

const KEY = "rostra.shows-name";
/** Spaces in which somebody said yes: the older ones are over. */
const MOST_SPACES = 20;
/** A crowd that connects at once says its names over this time, ms. */
const SPREAD_MS = 20_000;

type Room = Pick<SpaceListener, "onEvent" | "say">;
type Bearer = Pick<RostraApi, "token">;

/**
 * Whether this listener shows their name in a space: no, unless they say yes, and for this space
 * alone. Said anew after each reconnection, since edges keep names only as long as connections.
 */
export class ShowingName {
  readonly #listener: Room;
  readonly #api: Bearer;
  readonly #spaceId: SpaceId;
  readonly #clock: Clock;
  readonly #shown: ReturnType<typeof signal<boolean>>;
  readonly #stop: () => void;
  #cancel: Cancel = () => {};

  constructor(parts: {
    listener: Room;
    api: Bearer;
    spaceId: SpaceId;
    clock: Clock;
  }) {
    this.#listener = parts.listener;
    this.#api = parts.api;
    this.#spaceId = parts.spaceId;
    this.#clock = parts.clock;
    this.#shown = signal(load().includes(this.#spaceId));
    this.#stop = this.#listener.onEvent((event) => {
      if (event.type === "welcome") this.#soon(Math.random() * SPREAD_MS);
    });
    this.#soon(0);
  }

  get shown(): ReadonlySignal<boolean | undefined> {
    return this.#shown;
  }

  set(shown: boolean): void {
    this.#shown.value = shown;
    const others = load().filter((id) => id !== this.#spaceId);
    save(shown ? [this.#spaceId, ...others] : others);
    if (shown) this.#soon(0);
    else this.#listener.say({ type: "present", token: null });
  }

  close(): void {
    this.#cancel();
    this.#stop();
  }

  #soon(delayMs: number): void {
    this.#cancel();
    if (this.#shown.value) this.#cancel = this.#clock.after(delayMs, () => void this.#say());
  }

  /** Never rejects: without an identity there is no name to show. */
  async #say(): Promise<void> {
    const token = await this.#api.token().catch(() => null);
    if (token !== null && this.#shown.value) this.#listener.say({ type: "present", token });
  }
}

function load(): readonly string[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(value) ? value.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
}

function save(ids: readonly string[]): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(ids.slice(0, MOST_SPACES)));
  } catch {
    // Forgotten with the page, then.
  }
}
