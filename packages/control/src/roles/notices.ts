import type { UserId } from "@rostra/wire";
import { refuseUnlessRunning, type SpaceRecord, withNotes } from "./record.ts";

/** A host's word to everybody who listens: one at a time, the newer replaces the older. */

/**
 * Says something to all.
 * @param keepMs how long newcomers are shown it
 * @throws {Refusal} `ended`, `forbidden`
 */
export function writeNotice(
  record: SpaceRecord,
  actor: UserId,
  word: { readonly text: string; readonly keepMs: number },
  nowMs: number,
): SpaceRecord {
  refuseUnlessRunning(record, actor);
  const atMs = Math.floor(nowMs);
  const id = (record.notes.notice?.id ?? 0) + 1;
  return withNotes(record, { notice: { id, text: word.text, atMs, untilMs: atMs + word.keepMs } });
}

/**
 * Takes back what was said; nothing said is no error. The empty notice goes to all as a newer one.
 * @throws {Refusal} `ended`, `forbidden`
 */
export function clearNotice(record: SpaceRecord, actor: UserId, nowMs: number): SpaceRecord {
  refuseUnlessRunning(record, actor);
  const { notice } = record.notes;
  if (notice === null || notice.text === "") return record;
  const atMs = Math.floor(nowMs);
  return withNotes(record, { notice: { id: notice.id + 1, text: "", atMs, untilMs: atMs } });
}
