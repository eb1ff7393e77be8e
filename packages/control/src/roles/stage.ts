import { LIMITS, type StageMember, type StageRole, type UserId } from "@rostra/wire";
import { Refusal } from "../errors.ts";
import {
  cohostsOf,
  memberOf,
  memberOrRefuse,
  type Person,
  refuseBlocked,
  refuseEnded,
  refuseNonModerators,
  type SpaceRecord,
  withHands,
  withMember,
  withNotes,
  without,
  withSnapshot,
} from "./record.ts";
import { revokeLinks } from "./revocations.ts";

/** Coming on stage and leaving it. */

/** What one can be invited to. */
export type InvitedRole = Exclude<StageRole, "host">;

/**
 * Stepping on stage is one's own act and one's microphone is asked for there: not muted.
 * @param role the newcomer's
 */
export function newMember({ id, displayName }: Person, role: StageRole): StageMember {
  return { id, displayName, role, muted: false, micLocked: false, channel: "air" };
}

/**
 * Brings somebody who may come onto the stage. It never takes a role away: a cohost who follows a
 * speaker's link stays cohost, and who was muted stays muted. What a host had put on somebody who
 * left (a lock, being backstage) is still on them.
 * @throws {Refusal} `ended`, `blocked`, `full`
 */
export function enterStage(record: SpaceRecord, who: Person, role: InvitedRole): SpaceRecord {
  refuseEnded(record);
  refuseBlocked(record, who.id);
  const known = memberOf(record, who.id);
  if (known !== undefined) {
    if (known.role !== "speaker" || role === "speaker") return record;
    refuseFullOfCohosts(record);
    return withMember(record, { ...known, role });
  }
  const { members, settings } = record.snapshot;
  if (members.length >= settings.stageLimit) {
    throw new Refusal(
      "full",
      `the stage is full (${settings.stageLimit} people): somebody must leave it first`,
    );
  }
  if (role === "cohost") refuseFullOfCohosts(record);
  const { lockedAway, sentBackstage } = record.notes;
  const micLocked = lockedAway.includes(who.id);
  const sent = sentBackstage.includes(who.id);
  const newcomer: StageMember = {
    ...newMember(who, role),
    muted: micLocked || sent,
    micLocked,
    channel: sent ? "backstage" : "air",
  };
  const entered = withSnapshot(record, { members: [...members, newcomer] });
  const unlisted = micLocked
    ? withNotes(entered, { lockedAway: without(lockedAway, who.id) })
    : entered;
  return forgetAsking(unlisted, who.id);
}

/**
 * Somebody leaves, or is removed by the host or a cohost: links from before the removal don't
 * bring them back. The host can't go without handing the space over.
 * @throws {Refusal} `ended`, `forbidden`, `conflict`, `not-on-stage`, `not-found`
 */
export function leaveStage(
  record: SpaceRecord,
  actor: UserId,
  target: UserId,
  nowMs: number,
): SpaceRecord {
  refuseEnded(record);
  if (actor !== target) refuseNonModerators(record, actor);
  const member = memberOrRefuse(record, actor, target);
  if (member.role === "host") {
    throw actor === target
      ? new Refusal(
          "conflict",
          "the host can't leave the stage: hand the space over, or end the space",
        )
      : new Refusal("forbidden", "the host can't be removed from the stage");
  }
  const left = takeOffStage(record, target);
  return actor === target ? left : revokeLinks(left, target, "all", nowMs);
}

/** Whoever it is and whoever wants it, but the host: a space always has one. */
export function takeOffStage(record: SpaceRecord, userId: UserId): SpaceRecord {
  const member = memberOf(record, userId);
  if (member === undefined || member.role === "host") return record;
  const left = withSnapshot(record, {
    members: record.snapshot.members.filter(({ id }) => id !== userId),
  });
  if (!member.micLocked) return left;
  // As many as may be blocked: where somebody locks that many and more, the first are forgotten.
  const lockedAway = [...record.notes.lockedAway, userId].slice(-LIMITS.blockedPeople);
  return withNotes(left, { lockedAway });
}

/** Takes down the hand and the pending invitation of somebody who has no more use for them. */
export function forgetAsking(record: SpaceRecord, userId: UserId): SpaceRecord {
  const hands = record.notes.hands.filter(({ id }) => id !== userId);
  const invited = record.snapshot.invited.filter(({ id }) => id !== userId);
  const lowered = hands.length === record.notes.hands.length ? record : withHands(record, hands);
  if (invited.length === record.snapshot.invited.length) return lowered;
  return withSnapshot(lowered, { invited });
}

/** @throws {Refusal} `full` */
export function refuseFullOfCohosts(record: SpaceRecord): void {
  if (cohostsOf(record).length < LIMITS.cohosts) return;
  throw new Refusal("full", `there are ${LIMITS.cohosts} cohosts already: demote one first`);
}
