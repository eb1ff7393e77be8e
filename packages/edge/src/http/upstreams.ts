import type { Clock } from "@rostra/wire";

/** How long an address that took no connection is asked last, ms; its process may be gone for good. */
const AVOID_MS = 5_000;
/** Addresses remembered as such: more than a fleet has controls. */
const MAX_FAILED = 100;

/** In which order addresses are asked that will all do: those that don't answer come last. */
export class Upstreams {
  readonly #clock: Clock;
  readonly #failedAtMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  inOrder(urls: readonly string[]): string[] {
    const nowMs = this.#clock.nowMs();
    const isAvoided = (url: string) => {
      const failedAtMs = this.#failedAtMs.get(url);
      return failedAtMs !== undefined && nowMs - failedAtMs < AVOID_MS;
    };
    const avoided = new Set(urls.filter(isAvoided));
    return [...urls.filter((url) => !avoided.has(url)), ...avoided];
  }

  failed(url: string): void {
    this.#failedAtMs.delete(url);
    this.#failedAtMs.set(url, this.#clock.nowMs());
    for (const oldest of this.#failedAtMs.keys()) {
      if (this.#failedAtMs.size <= MAX_FAILED) break;
      this.#failedAtMs.delete(oldest);
    }
  }
}
