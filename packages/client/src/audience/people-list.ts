import {
  isArrayOf,
  isCount,
  isObject,
  isOneOf,
  isShortText,
  isUserId,
  LIMITS,
  type PresentPerson,
  type SpaceId,
  STAGE_ROLES,
  type StageRole,
  type UserId,
} from "@rostra/wire";
import { type ApiPlatform, browserApiPlatform, HttpClient } from "../api/http.ts";
import { NetworkError } from "../errors.ts";
import { originOf } from "../platform.ts";

/** Who is in a space, as far as they let it be known. */
export interface PeopleList {
  readonly stage: readonly (PresentPerson & { readonly role: StageRole })[];
  /** Listeners who say their names. */
  readonly total: number;
  /** Some of them, each with the same chance. */
  readonly sample: readonly PresentPerson[];
  /** Of those who were asked after: who says their name here. */
  readonly here: readonly UserId[];
}

const MAX_MEMBERS = 100;

// Names of before may be longer than today's limit.
function isPerson(value: unknown): value is PresentPerson {
  return isObject(value) && isUserId(value["id"]) && isShortText(value["displayName"], 200);
}

function isOnStage(value: unknown): value is PeopleList["stage"][number] {
  return isPerson(value) && isOneOf((value as { role?: unknown }).role, STAGE_ROLES);
}

/** @throws {NetworkError} `bad-answer` */
function asPeopleList(value: unknown): PeopleList {
  if (isObject(value)) {
    const { stage, total, sample, here } = value;
    if (
      isArrayOf(stage, MAX_MEMBERS, isOnStage) &&
      isCount(total) &&
      isArrayOf(sample, LIMITS.peopleSample, isPerson) &&
      isArrayOf(here, LIMITS.peopleAsked, isUserId)
    ) {
      return { stage, total, sample, here };
    }
  }
  throw new NetworkError("bad-answer", "The server's answer is not a list of people");
}

/**
 * Asks an edge who is in a space. No token, no account: the list is public, and two seconds old at
 * most.
 * @param ids people to look for, at most `LIMITS.peopleAsked`
 * @throws {ProblemError} {@link NetworkError}
 */
export async function listPeople(
  spaceId: SpaceId,
  ids: readonly UserId[] = [],
  options: { readonly baseUrl?: string } = {},
  platform: ApiPlatform = browserApiPlatform(),
): Promise<PeopleList> {
  const query = ids.length === 0 ? "" : `?ids=${ids.join(",")}`;
  const http = new HttpClient(originOf(options.baseUrl), platform);
  return asPeopleList(await http.call({ method: "GET", path: `/live/${spaceId}/people${query}` }));
}
