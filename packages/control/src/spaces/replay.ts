import {
  type Clock,
  isSpaceId,
  isUnsaved,
  type SpaceId,
  STATE_KEYS,
  type Unsaved,
} from "@rostra/wire";
import type { Logger } from "pino";
import type { OpenJournal } from "../journal/open-journal.ts";
import {
  type Ahead,
  aheadOf,
  fromShared,
  includes,
  type Landing,
  landed,
  makerOf,
} from "../roles/ahead.ts";
import type { SpaceRecord } from "../roles/record.ts";
import { withUnsaved } from "../roles/unsaved.ts";
import { isUnavailable } from "../store/answering-store.ts";
import type { Store, StoredSpace } from "../store/store.ts";
import type { AheadSpaces } from "./ahead-spaces.ts";

/** Spaces that are written down at once: as many as the store has connections. */
const AT_ONCE = 10;

export interface ReplayParts {
  readonly journal: OpenJournal;
  readonly store: Store;
  readonly ahead: AheadSpaces;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What was kept of a space: of several journals, maybe. */
interface Kept {
  readonly ahead: readonly Ahead[];
  readonly unsaved: readonly Unsaved[];
}

/**
 * Writes down what controls had kept that ended before the store was back. Once: the store knows what it
 * has been given. What has changed there since is the truth; only what was taken away is added to it.
 * To be called before anything of the store is shown.
 * @throws {Refusal} `unavailable` where the store can't even be read
 */
export async function replay(parts: ReplayParts): Promise<void> {
  const { journal, ahead, log } = parts;
  const spaces = [...bySpace(journal.kept)];
  if (spaces.length === 0) return;
  let [restored, failed] = [0, 0];
  const one = async ([id, kept]: readonly [SpaceId, Kept]) => {
    try {
      if (await restore(id, kept, parts)) restored += 1;
      if (ahead.of(id) === undefined) journal.put(STATE_KEYS.ahead(id), undefined);
      journal.put(STATE_KEYS.unsaved(id), undefined);
    } catch (err) {
      if (isUnavailable(err)) throw err;
      failed += 1;
      log.error({ err, space: id }, "what was kept of a space can't be written down");
    }
  };
  for (let at = 0; at < spaces.length; at += AT_ONCE) {
    await Promise.all(spaces.slice(at, at + AT_ONCE).map(one));
  }
  // What couldn't be written down is tried again at the next start.
  if (failed === 0) await journal.takenOver();
  log.info({ spaces: spaces.length, restored, failed }, "what was kept without the store is in it");
}

function bySpace(entries: OpenJournal["kept"]): ReadonlyMap<SpaceId, Kept> {
  const spaces = new Map<SpaceId, { ahead: Ahead[]; unsaved: Unsaved[] }>();
  for (const [key, value] of entries) {
    const id = key.slice(key.indexOf("/") + 1);
    if (!isSpaceId(id)) continue;
    const kept = spaces.get(id) ?? { ahead: [], unsaved: [] };
    spaces.set(id, kept);
    if (key === STATE_KEYS.ahead(id)) kept.ahead.push(...[fromShared(value) ?? []].flat());
    else if (key === STATE_KEYS.unsaved(id) && isUnsaved(value)) kept.unsaved.push(value);
  }
  return spaces;
}

/** @returns whether anything of it was new */
async function restore(id: SpaceId, kept: Kept, parts: ReplayParts): Promise<boolean> {
  let isNew = false;
  for (const each of inOrder(kept.ahead)) {
    const lands = await land(id, (stored) => landed(stored, each, true), each, parts);
    isNew ||= lands;
  }
  for (const each of kept.unsaved) {
    const lands = await land(id, (stored) => withWaiting(stored, each), undefined, parts);
    isNew ||= lands;
  }
  return isNew;
}

/** Without those that are part of another; what left the store first comes first. */
function inOrder(kept: readonly Ahead[]): Ahead[] {
  const isPart = (one: Ahead, at: number) =>
    kept.some(
      (each, other) => other !== at && includes(each, one) && !(other > at && includes(one, each)),
    );
  const whole = kept.filter((one, at) => !isPart(one, at));
  return whole.sort((a, b) => a.base.snapshot - b.base.snapshot);
}

/** Whoever wrote it down did so with a higher revision. */
function withWaiting(stored: StoredSpace, unsaved: Unsaved): SpaceRecord {
  return unsaved.revision < stored.snapshot.revision ? stored : withUnsaved(stored, unsaved);
}

/** @param kept what `rule` lands; undefined: it was only taken away, by whom isn't known */
async function land(
  id: SpaceId,
  rule: (stored: StoredSpace) => Landing,
  kept: Ahead | undefined,
  { store, ahead, clock }: ReplayParts,
): Promise<boolean> {
  let isNew = false;
  const told = (stored: StoredSpace) => {
    const landing = rule(stored);
    isNew = landing !== stored;
    return landing;
  };
  // Others go on with it without the store: what was kept becomes part of that.
  const isAhead = ahead.of(id) !== undefined;
  if (isAhead && kept !== undefined) {
    ahead.takeKept(id, kept);
    return true;
  }
  try {
    await store.changeSpace(id, told);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    // On a full disk it can be read all the same; else this fails, too.
    const stored = await store.loadSpace(id);
    if (stored === undefined || told(stored) === stored) return false;
    const made = kept?.made ?? { [makerOf("unsaved", clock.nowMs())]: 1 };
    ahead.takeKept(id, aheadOf(stored, rule(stored), made));
  }
  return isNew;
}
