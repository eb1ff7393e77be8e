import { LIMITS, type UserId } from "@rostra/wire";
import { INVITATION_VALID_MS } from "../accounts/tokens.ts";
import { Refusal } from "../errors.ts";
import { type Revocation, type SpaceRecord, withNotes } from "./record.ts";

/**
 * Links work for anybody who has one, so a person who is shown out would come straight back with
 * theirs. What is noted is that links from before that moment don't work for them.
 */

/**
 * Notes that links made up to `nowMs` don't work for somebody. Notes about links that are too old
 * anyway are thrown away; where there are still too many, the oldest note becomes one for all.
 */
export function revokeLinks(
  record: SpaceRecord,
  userId: UserId,
  links: Revocation["links"],
  nowMs: number,
): SpaceRecord {
  // Rounded up: a link from within the same millisecond is older rather than newer.
  const noted: Revocation = { id: userId, atMs: Math.ceil(nowMs), links };
  const revoked = record.notes.revoked
    .filter((old) => old.atMs > nowMs - INVITATION_VALID_MS)
    .filter((old) => old.id !== userId || (old.links === "all" && links === "cohost"));
  revoked.push(noted);
  const excess = revoked.length - LIMITS.blockedPeople;
  if (excess <= 0) return withNotes(record, { revoked });
  const forgotten = revoked.splice(0, excess);
  const linksFromMs = Math.max(record.notes.linksFromMs, ...forgotten.map(({ atMs }) => atMs));
  return withNotes(record, { revoked, linksFromMs });
}

/**
 * @param link when it was made, and what it makes of who follows it
 * @throws {Refusal} `forbidden` for one from before the person was removed, or demoted
 */
export function refuseRevoked(
  { notes }: SpaceRecord,
  userId: UserId,
  link: { readonly role: "cohost" | "speaker"; readonly issuedAtMs: number },
): void {
  const dead = notes.revoked.some(
    ({ id, atMs, links }) =>
      id === userId && link.issuedAtMs <= atMs && (links === "all" || link.role === "cohost"),
  );
  if (!dead && link.issuedAtMs > notes.linksFromMs) return;
  throw new Refusal("forbidden", "that invitation doesn't work for you any more: ask the host");
}
