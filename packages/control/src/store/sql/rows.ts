import type { SpaceId, SpaceSnapshot, StageMember, UserId } from "@rostra/wire";
import type { Insertable, Selectable } from "kysely";
import { type BlockedPerson, NO_NOTES, type SpaceNotes } from "../../roles/record.ts";
import type {
  AccountBlocksTable,
  SpaceNotesTable,
  SpacesTable,
  StageMembersTable,
} from "./schema.ts";

type SpaceRow = Selectable<SpacesTable>;
type MemberRow = Selectable<StageMembersTable>;

/** @param members in order of arrival */
export function toSnapshot(row: SpaceRow, members: readonly MemberRow[]): SpaceSnapshot {
  return {
    id: row.id as SpaceId,
    revision: row.revision,
    title: row.title,
    topics: row.topics,
    state: row.state,
    epochMs: Number(row.epoch_ms),
    record: row.record,
    stageName: row.stage_name,
    // Left out where they say nothing: so versions that don't know them read what they wrote.
    ...(row.second_stage_name !== null && { secondStageName: row.second_stage_name }),
    ...(row.term > 0 && { term: row.term }),
    members: members.map(toMember),
    settings: row.settings,
    invited: row.invited,
    inCharge: row.in_charge as UserId | null,
    airsAtMs: toMs(row.airs_at_ms),
    endsAtMs: toMs(row.ends_at_ms),
    startsAtMs: toMs(row.starts_at_ms),
    liveAtMs: toMs(row.live_at_ms),
    endedAtMs: toMs(row.ended_at_ms),
  };
}

export function toNotes(row: Selectable<SpaceNotesTable> | undefined): SpaceNotes {
  if (row === undefined) return NO_NOTES;
  return {
    revision: row.revision,
    hands: row.hands,
    handsRevision: row.hands_revision,
    sentBackstage: row.sent_backstage,
    lockedAway: row.locked_away,
    revoked: row.revoked,
    linksFromMs: Number(row.links_from_ms),
    blocked: row.blocked,
    hiddenNames: row.hidden_names,
    notice: row.notice,
  };
}

export function toNotesRow(notes: SpaceNotes): Omit<Insertable<SpaceNotesTable>, "space_id"> {
  return {
    revision: notes.revision,
    hands: JSON.stringify(notes.hands),
    hands_revision: notes.handsRevision,
    sent_backstage: JSON.stringify(notes.sentBackstage),
    locked_away: JSON.stringify(notes.lockedAway),
    revoked: JSON.stringify(notes.revoked),
    links_from_ms: notes.linksFromMs,
    blocked: JSON.stringify(notes.blocked),
    hidden_names: JSON.stringify(notes.hiddenNames),
    notice: JSON.stringify(notes.notice),
  };
}

export function toBlockedPerson(row: Selectable<AccountBlocksTable>): BlockedPerson {
  return {
    id: row.blocked_id as UserId,
    displayName: row.display_name,
    atMs: Number(row.blocked_at_ms),
  };
}

function toMember(row: MemberRow): StageMember {
  return {
    id: row.user_id as UserId,
    displayName: row.display_name,
    role: row.role,
    muted: row.muted,
    micLocked: row.mic_locked,
    channel: row.channel,
  };
}

/** Safe until the year 287,396: a double holds that many milliseconds exactly. */
function toMs(value: SpaceRow["starts_at_ms"]): number | null {
  return value === null ? null : Number(value);
}

/** All columns but the peak, which has its own way of being written. */
export function toSpaceRow(space: SpaceSnapshot): Omit<Insertable<SpacesTable>, "peak_listeners"> {
  return {
    id: space.id,
    revision: space.revision,
    title: space.title,
    topics: [...space.topics],
    state: space.state,
    epoch_ms: space.epochMs,
    record: space.record,
    stage_name: space.stageName,
    second_stage_name: space.secondStageName ?? null,
    term: space.term ?? 0,
    settings: JSON.stringify(space.settings),
    invited: JSON.stringify(space.invited),
    in_charge: space.inCharge,
    airs_at_ms: space.airsAtMs,
    ends_at_ms: space.endsAtMs,
    starts_at_ms: space.startsAtMs,
    live_at_ms: space.liveAtMs,
    ended_at_ms: space.endedAtMs,
  };
}

export function toMemberRows(space: SpaceSnapshot): MemberRow[] {
  return space.members.map((member, position) => ({
    space_id: space.id,
    user_id: member.id,
    position,
    display_name: member.displayName,
    role: member.role,
    muted: member.muted,
    mic_locked: member.micLocked,
    channel: member.channel,
  }));
}
