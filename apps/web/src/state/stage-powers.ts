import type { SpaceSnapshot, UserId } from "@rostra/wire";

/** What somebody on stage may do, by their role and the state of the space. */
export interface StagePowers {
  readonly canGoLive: boolean;
  readonly canEnd: boolean;
  readonly canInvite: boolean;
  /** Mute others and take them off the stage. */
  readonly canModerate: boolean;
  /** The host can't step down: a host ends the space. */
  readonly canStepDown: boolean;
}

export function stagePowers(space: SpaceSnapshot, me: UserId): StagePowers {
  const role = space.members.find(({ id }) => id === me)?.role;
  const isHost = role === "host";
  const runsStage = isHost || role === "cohost";
  const isOver = space.state === "ended";
  return {
    canGoLive: runsStage && space.state === "backstage",
    canEnd: isHost && !isOver,
    canInvite: runsStage && !isOver,
    canModerate: runsStage && !isOver,
    canStepDown: role !== undefined && !isHost,
  };
}

/**
 * How somebody comes in: muted while the space is on air, so that nobody is heard by a million
 * people for having pressed Join; as the server has them otherwise.
 */
export function joinsMuted(space: SpaceSnapshot, me: UserId): boolean {
  const member = space.members.find(({ id }) => id === me);
  return space.state === "live" || member?.muted !== false;
}
