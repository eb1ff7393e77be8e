import { LIMITS, type StageChannel, type StageMember, type UserId } from "@rostra/wire";
import { Refusal } from "../errors.ts";
import {
  memberOrRefuse,
  refuseEnded,
  refuseNonModerators,
  type SpaceRecord,
  withMember,
  withNotes,
  without,
} from "./record.ts";

/**
 * Where voices go. People move themselves as they like and keep their mute state; whoever is
 * brought to air by somebody else arrives there muted.
 */

/** @throws {Refusal} `ended`, `forbidden`, `not-on-stage`, `not-found` */
export function setChannel(
  record: SpaceRecord,
  actor: UserId,
  target: UserId,
  channel: StageChannel,
): SpaceRecord {
  refuseEnded(record);
  if (actor !== target) refuseNonModerators(record, actor);
  const member = memberOrRefuse(record, actor, target);
  return actor === target ? goTo(record, member, channel) : send(record, member, channel);
}

function goTo(record: SpaceRecord, member: StageMember, channel: StageChannel): SpaceRecord {
  if (channel === "whisper" && member.role === "speaker") {
    throw new Refusal("forbidden", "only the host and cohosts can whisper");
  }
  if (channel === "air" && record.notes.sentBackstage.includes(member.id)) {
    throw new Refusal("forbidden", "a host has sent you backstage: ask them to bring you back");
  }
  return member.channel === channel ? record : withMember(record, { ...member, channel });
}

function send(record: SpaceRecord, member: StageMember, channel: StageChannel): SpaceRecord {
  if (member.role === "host") {
    throw new Refusal("forbidden", "nobody but the host says where the host speaks");
  }
  const { sentBackstage } = record.notes;
  switch (channel) {
    case "whisper":
      throw new Refusal("forbidden", "nobody is made to whisper: they can go there themself");
    case "backstage": {
      const sent = sentBackstage.includes(member.id)
        ? record
        : withNotes(record, {
            sentBackstage: [...sentBackstage, member.id].slice(-LIMITS.blockedPeople),
          });
      return member.channel === channel ? sent : withMember(sent, { ...member, channel });
    }
    case "air": {
      const free = release(record, member.id);
      if (member.channel === channel) return free;
      return withMember(free, { ...member, channel, muted: true });
    }
  }
}

/** Whoever was sent backstage may come back by themself again. */
export function release(record: SpaceRecord, userId: UserId): SpaceRecord {
  const sentBackstage = without(record.notes.sentBackstage, userId);
  return sentBackstage === record.notes.sentBackstage
    ? record
    : withNotes(record, { sentBackstage });
}
