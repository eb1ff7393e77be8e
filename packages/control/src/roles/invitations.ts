import { LIMITS, type UserId } from "@rostra/wire";
import { Refusal } from "../errors.ts";
import {
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
    return withSnapshot(record, {
      invited: invited.map((each) => (each.id === target ? { ...each, role } : each)),
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
 * Says yes to an invitation by name; on stage already is no error.
 * @throws {Refusal} `ended`, `blocked`, `full`, `forbidden`
 */
export function acceptInvitation(record: SpaceRecord, who: Person): SpaceRecord {
  refuseEnded(record);
  refuseBlocked(record, who.id);
  if (memberOf(record, who.id) !== undefined) return record;
  const invitation = record.snapshot.invited.find(({ id }) => id === who.id);
  if (invitation === undefined) {
    throw new Refusal("forbidden", "you are not invited: raise your hand, or use a link");
  }
  return enterStage(record, who, invitation.role);
}

/**
 * Steps on stage by a link. Whoever was asked by name for more than the link says gets more.
 * @throws {Refusal} `ended`, `blocked`, `full`, `forbidden`
 */
export function followLink(
  record: SpaceRecord,
  who: Person,
  link: { readonly role: InvitedRole; readonly issuedAtMs: number },
): SpaceRecord {
  refuseEnded(record);
  refuseBlocked(record, who.id);
  refuseRevoked(record, who.id, link);
  const byName = record.snapshot.invited.find(({ id }) => id === who.id);
  return enterStage(record, who, byName?.role === "cohost" ? "cohost" : link.role);
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
