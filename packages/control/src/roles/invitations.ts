import { LIMITS, type UserId } from "@rostra/wire";
import { Refusal } from "../errors.ts";
import { handOver } from "./ranks.ts";
import {
  hostOf,
  isBlocked,
  memberOf,
  type Person,
  refuseBlocked,
  refuseEnded,
  refuseNonModerators,
  refuseUnlessRunning,
  type SpaceRecord,
  withSnapshot,
} from "./record.ts";
import { refuseRevoked } from "./revocations.ts";
import { enterStage, forgetAsking, type InvitedRole, refuseFullOfCohosts } from "./stage.ts";

/** Asking people on stage, by a link or by name, and their answers. */

/** What a link says that somebody follows. */
export interface InvitationLink {
  readonly role: InvitedRole;
  /** Whoever made it hands the space over by it. */
  readonly host?: UserId;
  readonly issuedAtMs: number;
}

/**
 * Asks one person on stage. Their hand goes down: they have been heard. Asking again for another
 * role changes the invitation.
 * @throws {Refusal} `ended`, `forbidden`, `conflict`, `full`
 */
export function inviteByName(
  record: SpaceRecord,
  actor: UserId,
  target: UserId,
  role: InvitedRole,
): SpaceRecord {
  refuseUnlessRunning(record, actor);
  if (memberOf(record, target) !== undefined) {
    throw new Refusal("conflict", "that person is on stage already: change their role there");
  }
  if (isBlocked(record, target)) {
    throw new Refusal("conflict", "that person is blocked here: unblock them first");
  }
  if (role === "cohost") refuseFullOfCohosts(record);
  const { invited } = record.snapshot;
  const known = invited.find(({ id }) => id === target);
  if (known?.role === role) return record;
  if (known !== undefined) {
    const { asHost: _, ...plain } = known;
    return withSnapshot(record, {
      invited: invited.map((each) => (each.id === target ? { ...plain, role } : each)),
    });
  }
  if (invited.length >= LIMITS.pendingInvitations) {
    throw new Refusal(
      "full",
      `${LIMITS.pendingInvitations} invitations wait for an answer: withdraw one first`,
    );
  }
  // Whose hand was up is known by name: other hosts' pages may never have seen the hand.
  const hand = record.notes.hands.find(({ id }) => id === target);
  const invitation = { id: target, ...(hand && { displayName: hand.displayName }), role };
  const asked = forgetAsking(record, target);
  return withSnapshot(asked, { invited: [...invited, invitation] });
}

/**
 * Asks somebody who isn't on stage to become the host: they are when they accept. One at a time; an
 * offer to somebody else goes.
 * @throws {Refusal} `ended`, `forbidden`, `conflict`, `full`
 */
export function offerHost(record: SpaceRecord, actor: UserId, target: UserId): SpaceRecord {
  refuseUnlessHost(record, actor);
  const asked = inviteByName(record, actor, target, "cohost");
  const { invited } = asked.snapshot;
  if (invited.every(({ id, asHost }) => (id === target) === (asHost === true))) return asked;
  const offered = invited
    .filter(({ id, asHost }) => id === target || asHost !== true)
    .map((each) => (each.id === target ? { ...each, asHost: true } : each));
  return withSnapshot(asked, { invited: offered });
}

/** @throws {Refusal} `ended`, `forbidden` */
export function refuseUnlessHost(record: SpaceRecord, actor: UserId): void {
  refuseEnded(record);
  if (hostOf(record).id === actor) return;
  throw new Refusal("forbidden", "only the host can hand the space over");
}

/** Comes on stage, if they aren't there, and takes the space over from its host. */
function takeOver(record: SpaceRecord, who: Person, nowMs: number): SpaceRecord {
  const entered = enterStage(record, who, "speaker");
  return handOver(entered, hostOf(record).id, who.id, nowMs);
}

/**
 * Says yes to an invitation by name; on stage already is no error.
 * @throws {Refusal} `ended`, `blocked`, `full`, `forbidden`
 */
export function acceptInvitation(record: SpaceRecord, who: Person, nowMs: number): SpaceRecord {
  refuseEnded(record);
  refuseBlocked(record, who.id);
  if (memberOf(record, who.id) !== undefined) return record;
  const invitation = record.snapshot.invited.find(({ id }) => id === who.id);
  if (invitation === undefined) {
    throw new Refusal("forbidden", "you are not invited: raise your hand, or use a link");
  }
  if (invitation.asHost === true) return takeOver(record, who, nowMs);
  return enterStage(record, who, invitation.role);
}

/**
 * Steps on stage by a link. Whoever was asked by name for more than the link says gets more.
 * @throws {Refusal} `ended`, `blocked`, `full`, `forbidden`
 */
export function followLink(
  record: SpaceRecord,
  who: Person,
  link: InvitationLink,
  nowMs: number,
): SpaceRecord {
  refuseEnded(record);
  refuseBlocked(record, who.id);
  refuseRevoked(record, who.id, link);
  if (link.host !== undefined) return followHostLink(record, who, link, nowMs);
  const byName = record.snapshot.invited.find(({ id }) => id === who.id);
  return enterStage(record, who, byName?.role === "cohost" ? "cohost" : link.role);
}

/** Works for the first who follows it, while whoever made it is the host. */
function followHostLink(
  record: SpaceRecord,
  who: Person,
  { host, issuedAtMs }: InvitationLink,
  nowMs: number,
): SpaceRecord {
  if (host === who.id) return record;
  const isUsed = record.notes.revoked.some(({ id, atMs }) => id === host && issuedAtMs <= atMs);
  if (hostOf(record).id === host && !isUsed) return takeOver(record, who, nowMs);
  throw new Refusal("forbidden", "the space was handed over already: ask its host");
}

/**
 * The invited person declines, or a host withdraws; where none stands nothing changes.
 * @throws {Refusal} `ended`, `forbidden`
 */
export function dropInvitation(record: SpaceRecord, actor: UserId, target: UserId): SpaceRecord {
  refuseEnded(record);
  if (actor !== target) refuseNonModerators(record, actor);
  const { invited } = record.snapshot;
  if (!invited.some(({ id }) => id === target)) return record;
  return withSnapshot(record, { invited: invited.filter(({ id }) => id !== target) });
}
