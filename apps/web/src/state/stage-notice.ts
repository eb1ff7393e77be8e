import type { SpaceSnapshot, UserId } from "@rostra/wire";
import type { RoomView } from "./room.ts";
import { stagePowers } from "./stage-powers.ts";

const DEPUTY = "You are in charge while the host is away.";
const HOLDING = "The audience hears the holding sound for the moment.";
const COUNTING = "The audience sees the countdown, and hears the holding sound.";
const OFF_AIR = "Not on air yet: the audience hears the holding sound.";
const MAY_GO_LIVE = "Not on air yet: the audience hears the holding sound until you go live.";

/**
 * What the room's own line says to somebody on stage: what listeners read ("it begins by itself", "the
 * host will be right back") isn't for who has to begin it, or who is that host. Two lines of a phone.
 */
export function stageNotice(
  space: SpaceSnapshot,
  { lamp, notice, phase }: RoomView,
  me: UserId,
): string {
  const role = space.members.find(({ id }) => id === me)?.role;
  if (role === "cohost" && space.inCharge === me) return DEPUTY;
  // Without a connection, or while the space waits for its host, that is the news.
  if (lamp.kind === "waiting") return notice;
  if (phase === "backstage" && space.endsAtMs === null) {
    if (space.airsAtMs !== null) return COUNTING;
    return stagePowers(space, me).canGoLive ? MAY_GO_LIVE : OFF_AIR;
  }
  return role === "host" && phase === "live" && notice !== "" ? HOLDING : notice;
}
