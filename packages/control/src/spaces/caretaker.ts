import { type Cancel, type Clock, hasProgram, type SpaceId } from "@rostra/wire";
import type { Logger } from "pino";
import { DecidedElsewhere } from "../errors.ts";
import { settle } from "../roles/charge.ts";
import type { Presence } from "../roles/presence.ts";
import type { SpaceRecord } from "../roles/record.ts";
import type { SpaceDirectory } from "./directory.ts";
import { noChange, type Spaces } from "./spaces.ts";

/** Where the store fails there is nothing to do but to try again. */
const RETRY_MS = 1_000;

export interface CaretakerParts {
  readonly spaces: Spaces;
  readonly directory: SpaceDirectory;
  readonly presence: Presence;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Carries out what nobody asks for: a countdown that runs out, a host who is gone for too long or
 * has come back, the end of a space that nobody runs. One timer a space, for the next such moment.
 * After a restart everything that fell due meanwhile is carried out at once.
 */
export class Caretaker {
  readonly #parts: CaretakerParts;
  readonly #timers = new Map<SpaceId, Cancel>();
  readonly #busy = new Map<SpaceId, Promise<void>>();
  #closed = false;

  constructor(parts: CaretakerParts) {
    this.#parts = parts;
  }

  /** Looks after a space: to be called whenever something of it, or of its people, has changed. */
  look(id: SpaceId): void {
    // Whoever is busy with it looks again afterwards.
    if (this.#closed || this.#busy.has(id)) return;
    this.#timers.get(id)?.();
    this.#timers.delete(id);
    const { directory, presence, clock } = this.#parts;
    const record = directory.get(id);
    if (record === undefined || !hasProgram(record.snapshot.state)) {
      if (record?.snapshot.state === "ended") presence.forget(id);
      return;
    }
    if (settle(record, clock.nowMs(), (space) => presence.of(space)) !== record) this.#tend(id);
    else this.#lookAt(id, this.#nextDueMs(record));
  }

  /** Waits for what is being written. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const cancel of this.#timers.values()) cancel();
    await Promise.all(this.#busy.values());
  }

  #tend(id: SpaceId): void {
    const { spaces, log } = this.#parts;
    const tended = spaces.change(id, noChange).then(
      () => {
        this.#busy.delete(id);
        this.look(id);
      },
      (err: unknown) => {
        // Another control decides: it looks after the space.
        if (!(err instanceof DecidedElsewhere)) {
          log.warn({ err, space: id }, "can't look after a space: trying again");
        }
        this.#busy.delete(id);
        this.#lookAt(id, this.#parts.clock.nowMs() + RETRY_MS);
      },
    );
    this.#busy.set(id, tended);
  }

  #lookAt(id: SpaceId, dueMs: number): void {
    if (this.#closed || dueMs === Infinity) return;
    const { clock } = this.#parts;
    this.#timers.get(id)?.();
    // In whole milliseconds, and never so early that the moment hasn't come.
    const delayMs = Math.max(1, Math.ceil(dueMs - clock.nowMs()));
    const cancel = clock.after(delayMs, () => this.look(id));
    this.#timers.set(id, cancel);
  }

  /** When {@link settle} may find something to do although nothing else happens. */
  #nextDueMs({ snapshot }: SpaceRecord): number {
    const { presence, clock } = this.#parts;
    const nowMs = clock.nowMs();
    // What is past and still undone waits for something else: the stage to be back.
    const due = [snapshot.airsAtMs, snapshot.endsAtMs].map((ms) =>
      ms === null || ms <= nowMs ? Infinity : ms,
    );
    return Math.min(...due, presence.nextChangeMs(snapshot));
  }
}
