import { retryDelayMs } from "../../backoff.ts";
import type { Failures } from "./failures.ts";
import type { ConnectionPlatform, ConnectionTarget } from "./ports.ts";
import type { Refusal } from "./refusal.ts";
import type { Crowded } from "./room.ts";

/** What comes of the answers; all of it is for the connection to do. */
export interface InquiryActions {
  /** Whether there is still something to ask for: it isn't closed, back again, or over. */
  isApart(): boolean;
  /** Whether the next attempt is under way. */
  isTrying(): boolean;
  /** @param url where there is room; undefined: nobody says that it is elsewhere */
  goTo(url: string | undefined): void;
  retryAfter(delayMs: number): void;
  crowded(room: Crowded): void;
  /** For good. */
  refused(refusal: Extract<Refusal, { kind: "ended" | "final" }>): void;
}

/** Asks behind an attempt that came to nothing, while the next one is under way already. */
export class Inquiry {
  readonly #platform: ConnectionPlatform;
  readonly #target: ConnectionTarget;
  readonly #failures: Failures;
  readonly #actions: InquiryActions;

  constructor(
    platform: ConnectionPlatform,
    target: ConnectionTarget,
    failures: Failures,
    actions: InquiryActions,
  ) {
    [this.#platform, this.#target] = [platform, target];
    [this.#failures, this.#actions] = [failures, actions];
  }

  /** Never rejects. @param url of the space: where there is room is asked each time, and why now and then */
  begin(url: string): void {
    void this.#findRoom();
    if (this.#failures.asksWhy) void this.#askWhy(url);
  }

  async #findRoom(): Promise<void> {
    const actions = this.#actions;
    const before = this.#failures.count;
    const { findRoom, random } = this.#platform;
    const room = await findRoom(this.#target.origin, this.#target.spaceId, random());
    if (this.#isPast(before)) return;
    actions.goTo(room.kind === "live" ? room.url : undefined);
    if (room.kind === "unknown" || actions.isTrying()) return;
    if (room.kind === "live") {
      if (this.#failures.mayHurry) actions.retryAfter(retryDelayMs(1, random()));
      return;
    }
    actions.crowded(room);
    actions.retryAfter(room.retryAfterMs * (1 + random() * 0.5));
  }

  /** Looks behind a failed handshake. */
  async #askWhy(url: string): Promise<void> {
    const actions = this.#actions;
    const before = this.#failures.count;
    const { askRefusal, random } = this.#platform;
    const refusal = await askRefusal(url);
    if (this.#isPast(before) || refusal.kind === "none") return;
    if (refusal.kind !== "later") actions.refused(refusal);
    else if (!actions.isTrying()) actions.retryAfter(refusal.afterMs * (1 + random() * 0.5));
  }

  /** Too late to matter, or one more has failed in the meantime. */
  #isPast(failures: number): boolean {
    return this.#failures.count !== failures || !this.#actions.isApart();
  }
}
