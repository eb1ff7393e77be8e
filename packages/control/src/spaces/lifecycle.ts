import { SPACE_STATES, type SpaceSnapshot, type SpaceState, type UserId } from "@rostra/wire";
import { Refusal } from "../errors.ts";
import { refuseEnded, refuseNonModerators, roleOf } from "../stage-members/roster.ts";

/**
 * The life of a space: scheduled, backstage, live, ended; only ever to the right. Pure rules. Each
 * gives the same object back where the space is already what was asked for, so that a call that
 * is sent twice does nothing the second time.
 */

/**
 * Opens the off-air room of a scheduled space.
 * @throws {Refusal} `ended`, `forbidden`, `conflict`
 */
export function openBackstage(space: SpaceSnapshot, actor: UserId): SpaceSnapshot {
  refuseEnded(space);
  refuseNonModerators(space, actor);
  if (space.state === "live") {
    throw new Refusal("conflict", "the space is on air already: it can't go back");
  }
  return moveTo(space, "backstage", {});
}

/**
 * Puts a space on air, from backstage or straight from its schedule.
 * @throws {Refusal} `ended`, `forbidden`
 */
export function goLive(space: SpaceSnapshot, actor: UserId, nowMs: number): SpaceSnapshot {
  refuseEnded(space);
  refuseNonModerators(space, actor);
  return moveTo(space, "live", { liveAtMs: Math.floor(nowMs) });
}

/**
 * Ends a space for good; a cohost can't. Ending what has ended is no error.
 * @throws {Refusal} `forbidden`
 */
export function endSpace(space: SpaceSnapshot, actor: UserId, nowMs: number): SpaceSnapshot {
  if (roleOf(space, actor) !== "host") {
    throw new Refusal("forbidden", "only the host can end the space");
  }
  return moveTo(space, "ended", { endedAtMs: Math.floor(nowMs) });
}

/** Never to the left, and never twice: the times of a step are those of its first time. */
function moveTo(
  space: SpaceSnapshot,
  state: SpaceState,
  times: Partial<Pick<SpaceSnapshot, "liveAtMs" | "endedAtMs">>,
): SpaceSnapshot {
  if (SPACE_STATES.indexOf(state) <= SPACE_STATES.indexOf(space.state)) return space;
  return { ...space, ...times, state };
}
