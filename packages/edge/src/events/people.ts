import {
  type EdgePeople,
  fnv1a,
  LIMITS,
  mixed,
  type PresentPerson,
  type SpaceId,
  type UserId,
} from "@rostra/wire";

/** People that one edge knows by name in one space: as many as it holds listeners, about. */
const MOST_PEOPLE = 20_000;
const MOST_MARKS = LIMITS.peopleMarks / 4;

/**
 * 32 bits that stand for somebody in one space. The space's id is in it, so that each space has a sample
 * of its own.
 */
export function markOf(spaceId: SpaceId, userId: UserId): number {
  return mixed(fnv1a(spaceId + userId));
}

interface Known {
  readonly person: PresentPerson;
  readonly mark: number;
  /** One person may listen in two tabs. */
  connections: number;
}

/**
 * Those who said their names to this edge, in one space. The sample is of those with the smallest
 * marks: fair, as marks are as good as chance; calm, as it changes with people alone; and the
 * smallest of several edges' samples are a fair sample of all.
 */
export class PeopleHere {
  readonly #spaceId: SpaceId;
  readonly #known = new Map<UserId, Known>();
  /** Whose names the hosts don't want to be shown: they are here, and on no list. */
  #hidden: ReadonlySet<UserId> = new Set();
  #changed = false;

  constructor(spaceId: SpaceId) {
    this.#spaceId = spaceId;
  }

  /** @returns false where too many are known: nothing is kept of this one */
  add(person: PresentPerson): boolean {
    const known = this.#known.get(person.id);
    if (known !== undefined) {
      known.connections += 1;
      return true;
    }
    if (this.#known.size >= MOST_PEOPLE) return false;
    const mark = markOf(this.#spaceId, person.id);
    this.#known.set(person.id, { person, mark, connections: 1 });
    this.#changed = true;
    return true;
  }

  remove(id: UserId): void {
    const known = this.#known.get(id);
    if (known === undefined) return;
    known.connections -= 1;
    if (known.connections > 0) return;
    this.#known.delete(id);
    this.#changed = true;
  }

  has(id: UserId): boolean {
    return this.#known.has(id);
  }

  /** @param ids all whose names are hidden from now on */
  hide(ids: ReadonlySet<UserId>): void {
    this.#hidden = ids;
    // Where nobody is known there is nothing to tell anew.
    this.#changed ||= this.#known.size > 0;
  }

  /** @returns what to tell the other edges; undefined where they know it */
  takeChanged(): EdgePeople | undefined {
    if (!this.#changed) return undefined;
    this.#changed = false;
    return this.summary();
  }

  summary(): EdgePeople {
    const byMark = [...this.#known.values()]
      .filter(({ person }) => !this.#hidden.has(person.id))
      .sort((a, b) => a.mark - b.mark);
    const marks = Uint32Array.from(byMark.slice(0, MOST_MARKS), ({ mark }) => mark);
    return {
      total: byMark.length,
      sample: byMark.slice(0, LIMITS.peopleSample).map(({ person }) => person),
      marks: Buffer.from(marks.buffer).toString("base64"),
    };
  }
}

/** A fair sample of all edges' people: the smallest marks of their samples. */
export function mergeSamples(
  spaceId: SpaceId,
  edges: readonly EdgePeople[],
  hidden: ReadonlySet<UserId> = new Set(),
): readonly PresentPerson[] {
  const byId = new Map(edges.flatMap(({ sample }) => sample).map((it) => [it.id, it]));
  return (
    [...byId.values()]
      // Another edge tells of its people every two seconds: what is hidden is hidden at once.
      .filter(({ id }) => !hidden.has(id))
      .map((person) => ({ person, mark: markOf(spaceId, person.id) }))
      .sort((a, b) => a.mark - b.mark)
      .slice(0, LIMITS.peopleSample)
      .map(({ person }) => person)
  );
}

/** Marks as an edge has told them, to look people up in. */
export function readMarks(marks: string): ReadonlySet<number> {
  const bytes = Buffer.from(marks, "base64");
  const count = Math.floor(bytes.length / 4);
  return new Set(Array.from({ length: count }, (_, at) => bytes.readUInt32LE(at * 4)));
}
