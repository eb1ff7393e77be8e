import type {
  SoundMode,
  SpaceSnapshot,
  SpaceState,
  StageChannel,
  StageMember,
  StageRole,
  UserId,
} from "@rostra/wire";
import type { BusName } from "./bus.ts";
import type { EarName } from "./stage-mix.ts";

/** What a member may say and hear now: all that the mix needs to know of the space's rules. */
export interface Standing {
  readonly role: StageRole;
  readonly isMuted: boolean;
  /** Where their voice goes. */
  readonly bus: BusName;
  readonly ear: EarName;
  readonly hearsWhispers: boolean;
  /** What is done to their voice. */
  readonly sound: SoundMode;
}

/** Somebody who isn't on stage has nothing to be heard with. */
export const OFF_STAGE: Standing = {
  role: "speaker",
  isMuted: true,
  bus: "room",
  ear: "air",
  hearsWhispers: false,
  sound: "voice",
};

/**
 * Where each member stands. @param before the standings that this snapshot changes: whoever whispers
 * goes on hearing what they heard.
 */
export function standingsOf(
  snapshot: SpaceSnapshot,
  before: ReadonlyMap<UserId, Standing>,
): Map<UserId, Standing> {
  return new Map(
    snapshot.members.map((member) => [
      member.id,
      standingOf(member, snapshot, before.get(member.id)),
    ]),
  );
}

function standingOf(
  { role, muted, channel }: StageMember,
  { state, settings }: SpaceSnapshot,
  before: Standing | undefined,
): Standing {
  return {
    role,
    isMuted: muted,
    bus: busOf(channel, state),
    ear: channel === "whisper" ? (before?.ear ?? "air") : channel,
    hearsWhispers: role !== "speaker",
    sound: settings.sound,
  };
}

/** The one way on air: a member of channel air, of a space that is live. */
function busOf(channel: StageChannel, state: SpaceState): BusName {
  if (channel !== "air") return channel;
  return state === "live" ? "program" : "room";
}
