import type { StageMember, UserId } from "@rostra/wire";
import { Refusal } from "../errors.ts";
import { release } from "./channels.ts";
import {
  memberOrRefuse,
  refuseEnded,
  refuseUnlessRunning,
  roleOf,
  type SpaceRecord,
  withMember,
  withSnapshot,
} from "./record.ts";
import { revokeLinks } from "./revocations.ts";
import { type InvitedRole, refuseFullOfCohosts } from "./stage.ts";

/** Promoting, demoting, and handing the space over. Nobody's microphone opens by it. */

/**
 * Makes a speaker cohost, or a cohost speaker: out of the whisper then, muted backstage, and a
 * cohost's link from before doesn't bring the role back.
 * @throws {Refusal} `ended`, `forbidden`, `full`, `not-found`
 */
export function setRole(
  record: SpaceRecord,
  actor: UserId,
  target: UserId,
  role: InvitedRole,
  nowMs: number,
): SpaceRecord {
  refuseUnlessRunning(record, actor);
  const member = memberOrRefuse(record, actor, target);
  if (member.role === "host") {
    throw new Refusal("forbidden", "the host stays host: hand the space over instead");
  }
  if (member.role === role) return record;
  if (role === "cohost") {
    refuseFullOfCohosts(record);
    return withMember(record, { ...member, role });
  }
  const demoted: StageMember =
    member.channel === "whisper"
      ? { ...member, role, channel: "backstage", muted: true }
      : { ...member, role };
  return revokeLinks(withMember(record, demoted), target, "cohost", nowMs);
}

/**
 * Makes a member of the stage the host; the host of before becomes cohost. What other hosts had
 * put on the new one (a lock, being backstage) is taken away: nobody stands above them who could.
 * They stay muted and where they are. Links that the host of before made to hand it over are dead.
 * @throws {Refusal} `ended`, `forbidden`, `full`, `not-found`
 */
export function handOver(
  record: SpaceRecord,
  actor: UserId,
  target: UserId,
  nowMs: number,
): SpaceRecord {
  refuseEnded(record);
  if (roleOf(record, actor) !== "host") {
    throw new Refusal("forbidden", "only the host can hand the space over");
  }
  const successor = memberOrRefuse(record, actor, target);
  if (actor === target) return record;
  if (successor.role === "speaker") refuseFullOfCohosts(record);
  const members = record.snapshot.members.map((member): StageMember => {
    if (member.id === target) return { ...member, role: "host", micLocked: false };
    return member.id === actor ? { ...member, role: "cohost" } : member;
  });
  // What the host of before has offered to others is theirs to give no more.
  const invited = record.snapshot.invited.filter(({ asHost }) => asHost !== true);
  const handed = withSnapshot(record, { members, invited });
  return release(revokeLinks(handed, actor, "cohost", nowMs), target);
}
