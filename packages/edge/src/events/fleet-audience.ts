import type { Relay, StateListener, Unsubscribe } from "@rostra/relay";
import {
  type EdgeAudience,
  type EdgePeople,
  isCount,
  isEdgeAudience,
  isEdgePeople,
  isHiddenNames,
  isNotice,
  isReactionCounts,
  isSpaceId,
  type Notice,
  type ReactionCounts,
  type SpaceId,
  STATE_KEYS,
  type UserId,
} from "@rostra/wire";
import { markOf, readMarks } from "./people.ts";
import { reactionsSince } from "./reactions.ts";

/** What another edge's people look like from here. */
export interface PeopleElsewhere {
  readonly people: EdgePeople;
  /** Read when first asked for: most lists are never searched. */
  marks: ReadonlySet<number> | undefined;
}

export interface FleetHandlers {
  /** The numbers, the notice or the peak of a space have changed. */
  readonly onAudience: (id: SpaceId) => void;
  readonly onNotice: (id: SpaceId, notice: Notice) => void;
  /** Hosts have hidden names, or let them be shown again. @param fresh those hidden by it */
  readonly onHiddenNames: (id: SpaceId, fresh: readonly UserId[]) => void;
  /** @param counts what has come up on another edge since it last told */
  readonly onReactions: (id: SpaceId, counts: ReactionCounts) => void;
}

/** What the other edges and control say of audiences, checked, kept and bounded by their number. */
export class FleetAudience {
  readonly #audiences = new Map<SpaceId, Map<string, EdgeAudience>>();
  readonly #people = new Map<SpaceId, Map<string, PeopleElsewhere>>();
  readonly #reactions = new Map<SpaceId, Map<string, ReactionCounts>>();
  readonly #peaks = new Map<SpaceId, number>();
  readonly #notices = new Map<SpaceId, Notice>();
  readonly #hidden = new Map<SpaceId, ReadonlySet<UserId>>();
  readonly #unwatch: readonly Unsubscribe[];

  /** @param edgeName this edge's own: what it said itself isn't heard again */
  constructor(relay: Pick<Relay, "watch">, edgeName: string, handlers: FleetHandlers) {
    const watch = (prefix: string, take: (id: SpaceId, rest: string, value: unknown) => void) => {
      const listener: StateListener = (key, value) => {
        const [id, rest = ""] = key.slice(prefix.length).split(/\/(.*)/s);
        if (isSpaceId(id) && rest !== edgeName) take(id, rest, value);
      };
      return relay.watch(prefix, listener);
    };
    let old = true;
    this.#unwatch = [
      watch(STATE_KEYS.peaks, (id, _, value) => {
        keep(this.#peaks, id, isCount(value) ? value : undefined);
        handlers.onAudience(id);
      }),
      watch(STATE_KEYS.notices, (id, _, value) => {
        const notice = isNotice(value) ? value : undefined;
        keep(this.#notices, id, notice);
        if (notice !== undefined) handlers.onNotice(id, notice);
      }),
      watch(STATE_KEYS.hiddenNamesAll, (id, _, value) => {
        const ids = isHiddenNames(value) ? value : [];
        const before = this.hiddenNames(id);
        keep(this.#hidden, id, ids.length === 0 ? undefined : new Set(ids));
        handlers.onHiddenNames(
          id,
          ids.filter((each) => !before.has(each)),
        );
      }),
      watch(STATE_KEYS.audiences, (id, edge, value) => {
        keepIn(this.#audiences, id, edge, isEdgeAudience(value) ? value : undefined);
        handlers.onAudience(id);
      }),
      watch(STATE_KEYS.people, (id, edge, value) => {
        const people = isEdgePeople(value) ? { people: value, marks: undefined } : undefined;
        keepIn(this.#people, id, edge, people);
      }),
      watch(STATE_KEYS.reactionTotals, (id, edge, value) => {
        const totals = isReactionCounts(value) ? value : undefined;
        const before = this.#reactions.get(id)?.get(edge);
        keepIn(this.#reactions, id, edge, totals);
        // What stands as this edge begins is from before: nobody here is shown it.
        if (totals !== undefined && !old) handlers.onReactions(id, reactionsSince(before, totals));
      }),
    ];
    old = false;
  }

  /** The most that ever listened, as control knows it. */
  peak(id: SpaceId): number {
    return this.#peaks.get(id) ?? 0;
  }

  notice(id: SpaceId): Notice | undefined {
    return this.#notices.get(id);
  }

  /** Whose names are on no list of this space. */
  hiddenNames(id: SpaceId): ReadonlySet<UserId> {
    return this.#hidden.get(id) ?? NOBODY;
  }

  /** Of the other edges. */
  audiences(id: SpaceId): readonly EdgeAudience[] {
    return [...(this.#audiences.get(id)?.values() ?? [])];
  }

  /** Of the other edges. */
  people(id: SpaceId): readonly EdgePeople[] {
    return [...(this.#people.get(id)?.values() ?? [])].map(({ people }) => people);
  }

  /** Whether another edge has told of this person; wrong once in some billions of questions. */
  isElsewhere(id: SpaceId, userId: UserId): boolean {
    const mark = markOf(id, userId);
    for (const elsewhere of this.#people.get(id)?.values() ?? []) {
      elsewhere.marks ??= readMarks(elsewhere.people.marks);
      if (elsewhere.marks.has(mark)) return true;
    }
    return false;
  }

  close(): void {
    for (const unwatch of this.#unwatch) unwatch();
  }
}

const NOBODY: ReadonlySet<UserId> = new Set();

function keep<K, V>(map: Map<K, V>, key: K, value: V | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}

function keepIn<V>(
  maps: Map<SpaceId, Map<string, V>>,
  id: SpaceId,
  edge: string,
  value: V | undefined,
): void {
  const map = maps.get(id) ?? new Map<string, V>();
  keep(map, edge, value);
  keep(maps, id, map.size === 0 ? undefined : map);
}
