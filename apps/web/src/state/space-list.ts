import { type ReadonlySignal, signal } from "@preact/signals";
import type { RostraApi, Space } from "@rostra/client";
import { failureWords } from "./failure.ts";

/** `spaces` stay as they were when a refresh fails: `error` then says that they may be old. */
export interface SpaceListState {
  readonly status: "loading" | "ready" | "failed";
  readonly spaces: readonly Space[];
  readonly error: string | null;
}

const REFRESH_MS = 8_000;

/** The public spaces, asked again every few seconds while the page is looked at. */
export class SpaceList {
  readonly #api: Pick<RostraApi, "listSpaces">;
  readonly #state = signal<SpaceListState>({ status: "loading", spaces: [], error: null });
  #timer: ReturnType<typeof setInterval> | undefined;
  #isAsking = false;

  constructor(api: Pick<RostraApi, "listSpaces">) {
    this.#api = api;
  }

  get state(): ReadonlySignal<SpaceListState> {
    return this.#state;
  }

  /** Starts asking. @returns stops it */
  start(): () => void {
    const onVisible = () => {
      if (document.visibilityState === "visible") void this.refresh();
    };
    document.addEventListener("visibilitychange", onVisible);
    this.#timer = setInterval(onVisible, REFRESH_MS);
    void this.refresh();
    return () => {
      document.removeEventListener("visibilitychange", onVisible);
      clearInterval(this.#timer);
    };
  }

  /** Asks now, unless an answer is on its way already. */
  async refresh(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      const spaces = await this.#api.listSpaces();
      this.#state.value = { status: "ready", spaces, error: null };
    } catch (error) {
      this.#state.value = afterFailure(this.#state.value, failureWords(error));
    } finally {
      this.#isAsking = false;
    }
  }

  /** What the error's button does: shows that it is being tried. */
  async retry(): Promise<void> {
    if (this.#state.value.status === "failed") {
      this.#state.value = { status: "loading", spaces: [], error: null };
    }
    await this.refresh();
  }
}

/** A failed refresh hides nothing that is on the screen already. */
export function afterFailure(state: SpaceListState, error: string): SpaceListState {
  return { ...state, status: state.status === "ready" ? "ready" : "failed", error };
}
