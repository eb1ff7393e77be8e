import type { SpaceSnapshot, StageMember, StageRole, UserId } from "@rostra/wire";
import { Refusal } from "../errors.ts";

/**
 * Who is on stage, in which role, heard or muted. Pure rules; each gives the same object back
 * where nothing changes.
 */

function memberOf(space: SpaceSnapshot, userId: UserId): StageMember | undefined {
  return space.members.find((member) => member.id === userId);
}

/** @returns undefined for who is not on stage */
export function roleOf(space: SpaceSnapshot, userId: UserId): StageRole | undefined {
  return memberOf(space, userId)?.role;
}

/** @throws {Refusal} `ended` */
export function refuseEnded(space: SpaceSnapshot): void {
  if (space.state === "ended") throw new Refusal("ended", "the space has ended: open a new one");
}

/** @throws {Refusal} `forbidden` for everybody but the host and cohosts */
export function refuseNonModerators(space: SpaceSnapshot, actor: UserId): void {
  const role = roleOf(space, actor);
  if (role !== "host" && role !== "cohost") {
    throw new Refusal("forbidden", "only the host and cohosts can do that");
  }
}

/**
 * Brings somebody who was invited onto the stage. A second invitation never takes a role away:
 * a cohost who follows a speaker's link stays cohost, and who was muted stays muted.
 * @throws {Refusal} `ended`, or `conflict` where the stage is full
 */
export function joinStage(
  space: SpaceSnapshot,
  who: { readonly id: UserId; readonly displayName: string },
  role: Exclude<StageRole, "host">,
): SpaceSnapshot {
  refuseEnded(space);
  const known = memberOf(space, who.id);
  if (known !== undefined) {
    if (known.role !== "speaker" || role === "speaker") return space;
    return withMember(space, { ...known, role });
  }
  if (space.members.length >= space.settings.stageLimit) {
    throw new Refusal(
      "conflict",
      `the stage is full (${space.settings.stageLimit} people): somebody must leave it first`,
    );
  }
  return { ...space, members: [...space.members, newMember(who, role)] };
}

/** Stepping on stage is one's own act and one's microphone is asked for there: not muted. */
export function newMember(
  { id, displayName }: Pick<StageMember, "id" | "displayName">,
  role: StageRole,
): StageMember {
  return { id, displayName, role, muted: false, micLocked: false, channel: "air" };
}

/**
 * Everybody may mute and unmute themself; host and cohosts may mute others, the host included, but
 * never unmute them: nobody's microphone opens without their own act.
 * @throws {Refusal} `ended`, `forbidden`, `not-on-stage`, `not-found`
 */
export function setMuted(
  space: SpaceSnapshot,
  actor: UserId,
  target: UserId,
  muted: boolean,
): SpaceSnapshot {
  refuseEnded(space);
  if (actor !== target) {
    refuseNonModerators(space, actor);
    if (!muted) throw new Refusal("forbidden", "nobody is unmuted by others: ask them to do it");
  }
  const member = memberOrRefuse(space, actor, target);
  if (member.muted === muted) return space;
  return withMember(space, { ...member, muted });
}

/**
 * Somebody leaves, or is removed by the host or a cohost. The host stays to the end: a space has
 * one from its first moment to its last.
 * @throws {Refusal} `ended`, `forbidden`, `conflict`, `not-on-stage`, `not-found`
 */
export function leaveStage(space: SpaceSnapshot, actor: UserId, target: UserId): SpaceSnapshot {
  refuseEnded(space);
  if (actor !== target) refuseNonModerators(space, actor);
  const member = memberOrRefuse(space, actor, target);
  if (member.role === "host") {
    throw actor === target
      ? new Refusal("conflict", "the host can't leave the stage: end the space")
      : new Refusal("forbidden", "the host can't be removed from the stage");
  }
  return { ...space, members: space.members.filter(({ id }) => id !== target) };
}

/** What is missing depends on who asks: oneself, or somebody by an id. */
function memberOrRefuse(space: SpaceSnapshot, actor: UserId, target: UserId): StageMember {
  const member = memberOf(space, target);
  if (member !== undefined) return member;
  throw actor === target
    ? new Refusal("not-on-stage", "you are not on stage: use an invitation first")
    : new Refusal("not-found", "nobody with that id is on stage");
}

function withMember(space: SpaceSnapshot, changed: StageMember): SpaceSnapshot {
  const members = space.members.map((member) => (member.id === changed.id ? changed : member));
  return { ...space, members };
}
