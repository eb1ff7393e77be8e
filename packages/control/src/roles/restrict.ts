import { LIMITS, type StageMember, type UserId } from "@rostra/wire";
import { memberOf, type SpaceRecord, withMember, withNotes, withSnapshot } from "./record.ts";
import { revokeLinks } from "./revocations.ts";
import { takeOffStage } from "./stage.ts";

/**
 * Of two records of a space that were changed beside each other: `record`, with all that hosts have
 * taken away in `other`. Nobody gets anything by it; who was muted in either is muted. The same
 * record where nothing is to be taken away, and where the space is over.
 */
export function restrictedBy(record: SpaceRecord, other: SpaceRecord): SpaceRecord {
  if (record.snapshot.state === "ended") return record;
  const steps = [withoutRemoved, withLists, withStage];
  return steps.reduce((changed, step) => step(changed, other), record);
}

/** Whoever was shown out, or demoted, and has not been let in since by a later word. */
function withoutRemoved(record: SpaceRecord, other: SpaceRecord): SpaceRecord {
  let changed = record;
  for (const { id, atMs, links } of other.notes.revoked) {
    const known = record.notes.revoked.some(
      (each) => each.id === id && each.atMs >= atMs && (each.links === "all" || links === "cohost"),
    );
    if (known) continue;
    const member = memberOf(changed, id);
    if (links === "all") changed = takeOffStage(changed, id);
    else if (member?.role === "cohost") changed = withMember(changed, demoted(member));
    changed = revokeLinks(changed, id, links, atMs);
  }
  return changed;
}

function demoted(member: StageMember): StageMember {
  const { channel } = member;
  if (channel !== "whisper") return { ...member, role: "speaker" };
  return { ...member, role: "speaker", channel: "backstage", muted: true };
}

/** Lists of people who are kept off, or have something on them. */
function withLists(record: SpaceRecord, other: SpaceRecord): SpaceRecord {
  const { blocked, hiddenNames, sentBackstage, lockedAway, linksFromMs } = record.notes;
  const host = record.snapshot.members.find(({ role }) => role === "host")?.id;
  const isNew = (list: readonly UserId[]) => (id: UserId) => !list.includes(id) && id !== host;
  const isOnStage = (id: UserId) => memberOf(record, id) !== undefined;
  const more = {
    blocked: other.notes.blocked.filter(({ id }) => isNew(blocked.map((each) => each.id))(id)),
    hiddenNames: other.notes.hiddenNames.filter(
      ({ id }) => !hiddenNames.some((each) => each.id === id),
    ),
    sentBackstage: other.notes.sentBackstage.filter(isNew(sentBackstage)),
    lockedAway: other.notes.lockedAway.filter(isNew(lockedAway)).filter((id) => !isOnStage(id)),
  };
  const isMore = Object.values(more).some(({ length }) => length > 0);
  if (!isMore && other.notes.linksFromMs <= linksFromMs) return record;
  const most = -LIMITS.blockedPeople;
  return withNotes(record, {
    blocked: [...blocked, ...more.blocked].slice(most),
    hiddenNames: [...hiddenNames, ...more.hiddenNames].slice(most),
    sentBackstage: [...sentBackstage, ...more.sentBackstage].slice(most),
    lockedAway: [...lockedAway, ...more.lockedAway].slice(most),
    linksFromMs: Math.max(linksFromMs, other.notes.linksFromMs),
  });
}

/** Microphones that are shut, or off air, in the other. */
function withStage(record: SpaceRecord, other: SpaceRecord): SpaceRecord {
  const { members } = record.snapshot;
  const { lockedAway, sentBackstage } = other.notes;
  const restricted = members.map((member): StageMember => {
    const { id, role } = member;
    const was = memberOf(other, id);
    const locks = role !== "host" && (was?.micLocked === true || lockedAway.includes(id));
    const micLocked = member.micLocked || locks;
    const muted = member.muted || was?.muted === true || micLocked;
    const isSent = role !== "host" && member.channel !== "backstage" && sentBackstage.includes(id);
    const channel = isSent && member.channel === "air" ? "backstage" : member.channel;
    if (muted === member.muted && micLocked === member.micLocked && channel === member.channel) {
      return member;
    }
    return { ...member, muted, micLocked, channel };
  });
  if (restricted.every((member, index) => member === members[index])) return record;
  return withSnapshot(record, { members: restricted });
}
