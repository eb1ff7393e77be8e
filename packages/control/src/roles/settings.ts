import type { SpaceSettings, UserId } from "@rostra/wire";
import { Refusal } from "../errors.ts";
import { refuseUnlessRunning, type SpaceRecord, withHands, withSnapshot } from "./record.ts";

/** What hosts may change of a space while it lives. */

/** What is left out stays as it is. */
export interface SpaceEdit {
  readonly title?: string;
  readonly topics?: readonly string[];
  readonly record?: boolean;
  readonly settings?: Partial<SpaceSettings>;
}

/** @throws {Refusal} `ended`, `forbidden`, `conflict` for another sound while on air */
export function editSpace(record: SpaceRecord, actor: UserId, edit: SpaceEdit): SpaceRecord {
  refuseUnlessRunning(record, actor);
  const { settings, ...words } = edit;
  return changeSettings(changeWords(record, words), settings ?? {});
}

function changeWords(record: SpaceRecord, words: Omit<SpaceEdit, "settings">): SpaceRecord {
  const before = record.snapshot;
  const { title = before.title, topics = before.topics, record: recorded = before.record } = words;
  const same =
    title === before.title &&
    recorded === before.record &&
    topics.length === before.topics.length &&
    topics.every((topic, index) => topic === before.topics[index]);
  return same ? record : withSnapshot(record, { title, topics, record: recorded });
}

/** A lower stage limit throws nobody out: it keeps newcomers away. */
function changeSettings(record: SpaceRecord, change: Partial<SpaceSettings>): SpaceRecord {
  const { settings: before, state, endsAtMs } = record.snapshot;
  const settings = { ...before, ...change };
  const names = Object.keys(before) as (keyof SpaceSettings)[];
  if (names.every((name) => settings[name] === before[name])) return record;
  if (settings.sound !== before.sound && state === "live") {
    throw new Refusal("conflict", "the sound can't change on air: settle it before you go live");
  }
  // A space that is held already is held for as long as the host says now.
  const longerMs = (settings.hostAwaySeconds - before.hostAwaySeconds) * 1000;
  const changed = withSnapshot(record, {
    settings,
    endsAtMs: endsAtMs === null ? null : endsAtMs + longerMs,
  });
  // The queue counts as another one when it opens or closes: whoever watches it hears of it.
  return settings.handsOpen === before.handsOpen ? changed : withHands(changed, record.notes.hands);
}
