import type { ServerResponse } from "node:http";
import { isUserId, LIMITS, type UserId } from "@rostra/wire";
import { CORS, type Refusal, refuse, send } from "../http/respond.ts";
import type { LiveSpace } from "../space/live-space.ts";

/** Many ask for the same list: a cache in front answers most of them. */
const HEADERS = {
  ...CORS,
  "content-type": "application/json",
  "cache-control": "public, max-age=2",
};

/**
 * Who is in a space: those on stage, how many listeners said their names, and some of them. With
 * `ids` (parted by commas) also which of these people said theirs.
 * @returns why there is no answer
 */
export function sendPeople(
  res: ServerResponse,
  { snapshot, audience }: LiveSpace,
  query: URLSearchParams,
): Refusal | undefined {
  const asked = parseIds(query);
  if (asked === undefined) {
    return refuse("bad-request", `ids must be up to ${LIMITS.peopleAsked} ids, parted by commas`);
  }
  const body = {
    stage: snapshot.members.map(({ id, displayName, role }) => ({ id, displayName, role })),
    ...audience.list(),
    here: audience.whoOf(asked),
  };
  send(res, 200, JSON.stringify(body), HEADERS);
  return undefined;
}

function parseIds(query: URLSearchParams): readonly UserId[] | undefined {
  const [text, ...more] = query.getAll("ids");
  if (more.length > 0) return undefined;
  if (text === undefined || text === "") return [];
  const ids = text.split(",", LIMITS.peopleAsked + 1);
  return ids.length <= LIMITS.peopleAsked && ids.every(isUserId) ? ids : undefined;
}
