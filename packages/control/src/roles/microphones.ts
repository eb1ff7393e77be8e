import type { UserId } from "@rostra/wire";
import { Refusal } from "../errors.ts";
import {
  memberOrRefuse,
  refuseEnded,
  refuseNonModerators,
  refuseUnlessRunning,
  type SpaceRecord,
  withMember,
  withSnapshot,
} from "./record.ts";

/** Who is muted, and who may unmute. Nobody's microphone is ever opened by anybody else. */

/**
 * Everybody may mute and unmute themself, unless locked; host and cohosts may mute others, the
 * host included, but never unmute them.
 * @throws {Refusal} `ended`, `forbidden`, `mic-locked`, `not-on-stage`, `not-found`
 */
export function setMuted(
  record: SpaceRecord,
  actor: UserId,
  target: UserId,
  muted: boolean,
): SpaceRecord {
  refuseEnded(record);
  if (actor !== target) {
    refuseNonModerators(record, actor);
    if (!muted) throw new Refusal("forbidden", "nobody is unmuted by others: ask them to do it");
  }
  const member = memberOrRefuse(record, actor, target);
  if (!muted && member.micLocked) {
    throw new Refusal("mic-locked", "your microphone is locked: ask the host to unlock it");
  }
  return member.muted === muted ? record : withMember(record, { ...member, muted });
}

/**
 * Locks (muted, and may not unmute themself) or unlocks (stays muted). Not one's own, which would
 * undo what another host did; not the host's, whom nobody could help.
 * @throws {Refusal} `ended`, `forbidden`, `not-found`
 */
export function setMicLocked(
  record: SpaceRecord,
  actor: UserId,
  target: UserId,
  micLocked: boolean,
): SpaceRecord {
  refuseUnlessRunning(record, actor);
  if (actor === target) {
    throw new Refusal("forbidden", "nobody locks or unlocks themself: ask another host");
  }
  const member = memberOrRefuse(record, actor, target);
  if (member.role === "host") throw new Refusal("forbidden", "the host can't be locked: mute them");
  if (member.micLocked === micLocked) return record;
  return withMember(record, { ...member, micLocked, muted: true });
}

/**
 * Mutes everybody on stage but the actor and `except`.
 * @throws {Refusal} `ended`, `forbidden`
 */
export function muteAll(
  record: SpaceRecord,
  actor: UserId,
  except: readonly UserId[],
): SpaceRecord {
  refuseUnlessRunning(record, actor);
  const spared = new Set([actor, ...except]);
  const { members } = record.snapshot;
  const muted = members.map((member) =>
    member.muted || spared.has(member.id) ? member : { ...member, muted: true },
  );
  if (muted.every((member, index) => member === members[index])) return record;
  return withSnapshot(record, { members: muted });
}
