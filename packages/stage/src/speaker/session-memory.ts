import type { Clock } from "@rostra/wire";
import { StageError } from "../errors.ts";

/** What is remembered of a session, beyond its end. */
export interface SessionEntry {
  readonly id: string;
  /** Space and user: somebody else's session is as good as unknown. */
  readonly member: string;
  /** The same for all sessions of one page: each of them continued another. */
  readonly family: string;
  /** Grows with each session that begins. */
  readonly order: number;
}

interface EndedEntry extends SessionEntry {
  readonly endedAtMs: number;
  /** Another page of the same person has taken its place. */
  readonly replaced: boolean;
}

const MAX_ENDED = 1_000;
const REMEMBER_MS = 600_000;

/**
 * Tells a page that comes back from one that was replaced. A page names the session that it
 * continues; where another page of the same person has come in since, that one stays.
 */
export class SessionMemory {
  readonly #clock: Clock;
  readonly #standing = new Map<string, SessionEntry>();
  /** In the order of their ends, so that the oldest is the first. */
  readonly #ended = new Map<string, EndedEntry>();
  #order = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Whether a session may begin.
   * @param continues the session that it says it continues
   * @param working the member's session that is mixed now
   * @throws {StageError} `replaced`
   */
  check(member: string, continues: string | undefined, working: SessionEntry | undefined): void {
    const before = this.#find(member, continues);
    if (before === undefined) return;
    const isReplaced = "replaced" in before && before.replaced;
    const isOvertaken =
      working !== undefined && working.family !== before.family && working.order > before.order;
    if (isReplaced || isOvertaken) {
      throw new StageError("replaced", "the same person joined the stage from elsewhere");
    }
  }

  begin(id: string, member: string, continues: string | undefined): SessionEntry {
    this.#order += 1;
    // One that was never heard of (a stage that has restarted) still names the family.
    const family = this.#find(member, continues)?.family ?? continues ?? id;
    const entry = { id, member, family, order: this.#order };
    this.#standing.set(id, entry);
    return entry;
  }

  end(entry: SessionEntry, replaced: boolean): void {
    this.#standing.delete(entry.id);
    const nowMs = this.#clock.nowMs();
    this.#ended.set(entry.id, { ...entry, endedAtMs: nowMs, replaced });
    for (const [id, { endedAtMs }] of this.#ended) {
      if (this.#ended.size <= MAX_ENDED && nowMs - endedAtMs < REMEMBER_MS) break;
      this.#ended.delete(id);
    }
  }

  #find(member: string, id: string | undefined): SessionEntry | EndedEntry | undefined {
    if (id === undefined) return undefined;
    const entry = this.#standing.get(id) ?? this.#ended.get(id);
    return entry?.member === member ? entry : undefined;
  }
}
