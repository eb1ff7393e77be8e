import type { SpaceSnapshot, StageMember, UserId } from "@rostra/wire";

/** What somebody on stage may do, by their role and the state of the space. */
export interface StagePowers {
  readonly canGoLive: boolean;
  readonly canEnd: boolean;
  readonly canInvite: boolean;
  /** Mute others, take them off the stage, order the hands, change the settings. */
  readonly canModerate: boolean;
  /** Talk to the hosts alone. */
  readonly canWhisper: boolean;
  readonly canHandOver: boolean;
  /** Take the audience along to another space. */
  readonly canRaid: boolean;
  /** The host can't step down: a host ends the space, or hands it over. */
  readonly canStepDown: boolean;
}

export function stagePowers(space: SpaceSnapshot, me: UserId): StagePowers {
  const role = space.members.find(({ id }) => id === me)?.role;
  const isHost = role === "host";
  const runsStage = isHost || role === "cohost";
  const isOver = space.state === "ended";
  return {
    canGoLive: runsStage && space.state === "backstage",
    // A co-host who runs the space while its host is away may end it too.
    canEnd: (isHost || (role === "cohost" && space.inCharge === me)) && !isOver,
    canInvite: runsStage && !isOver,
    canModerate: runsStage && !isOver,
    canWhisper: runsStage && !isOver,
    canHandOver: isHost && !isOver,
    canRaid: isHost && space.state === "live",
    canStepDown: role !== undefined && !isHost,
  };
}

/** What one may do about somebody else on stage. Nobody is ever unmuted by another. */
export interface PersonPowers {
  readonly canMute: boolean;
  /** Takes the right to unmute; or gives it back, where it was taken. */
  readonly canLock: boolean;
  readonly canUnlock: boolean;
  readonly canSendBackstage: boolean;
  readonly canBringOnAir: boolean;
  readonly canPromote: boolean;
  readonly canDemote: boolean;
  readonly canHandOver: boolean;
  /** Off the stage; with `canBlock` also for good. */
  readonly canRemove: boolean;
}

const NO_POWERS: PersonPowers = {
  canMute: false,
  canLock: false,
  canUnlock: false,
  canSendBackstage: false,
  canBringOnAir: false,
  canPromote: false,
  canDemote: false,
  canHandOver: false,
  canRemove: false,
};

export function personPowers(
  space: SpaceSnapshot,
  me: UserId,
  person: Pick<StageMember, "id" | "role" | "muted" | "micLocked" | "channel">,
): PersonPowers {
  const mine = stagePowers(space, me);
  if (!mine.canModerate || person.id === me) return NO_POWERS;
  // The host is nobody's to command, but an open microphone is everybody's trouble.
  if (person.role === "host") return { ...NO_POWERS, canMute: !person.muted };
  return {
    canMute: !person.muted,
    canLock: !person.micLocked,
    canUnlock: person.micLocked,
    canSendBackstage: person.channel === "air",
    canBringOnAir: person.channel === "backstage",
    canPromote: person.role === "speaker",
    canDemote: person.role === "cohost",
    canHandOver: mine.canHandOver,
    canRemove: true,
  };
}

/**
 * How somebody comes in: muted while the space is on air, so that nobody is heard by a million
 * people for having pressed Join; as the server has them otherwise.
 */
export function joinsMuted(space: SpaceSnapshot, me: UserId): boolean {
  const member = space.members.find(({ id }) => id === me);
  // A countdown that runs ends on air.
  return space.state === "live" || space.airsAtMs !== null || member?.muted !== false;
}
