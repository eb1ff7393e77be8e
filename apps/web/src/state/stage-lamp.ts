import type { UplinkState } from "@rostra/client";
import type { SpaceSnapshot, StageChannel, StageMember, StageStatus, UserId } from "@rostra/wire";
import { countdownWord } from "./countdown.ts";
import type { Lamp } from "./room.ts";

/** What the lamp of somebody on stage says, and what that means for them. */
export interface StageLamp extends Lamp {
  /** Who hears them: the one question a speaker has. */
  readonly meaning: string;
}

/** What of our own side the lamp looks at. */
export interface OwnSide {
  readonly uplink: Pick<UplinkState, "connection" | "muted" | "mutedByServer" | "mutePending">;
  /** Nothing leaves, by push-to-talk or on the way to a whisper and back: see `isHeld`. */
  readonly held: "push-to-talk" | "whisper" | null;
  /** Seconds until air; null where no countdown runs. */
  readonly secondsToAir: number | null;
}

const OFF = { kind: "off", word: "Not joined" } as const;
const MUTED = { kind: "muted", word: "Muted" } as const;

/**
 * The lamp follows what the server knows (snapshot and stage), never what was merely asked for:
 * ON AIR is lit only while the stage has our sound, we aren't muted, we are on the air channel and
 * the space is live. One exception, on the safe side: a microphone that is off here is MUTED at once.
 */
export function stageLamp(
  space: SpaceSnapshot,
  stage: StageStatus,
  own: OwnSide,
  me: UserId,
): StageLamp {
  const { uplink } = own;
  if (space.state === "ended") {
    return { kind: "ended", word: "Ended", meaning: "The space is over. Nobody hears you." };
  }
  if (uplink.connection === "reconnecting") {
    return reconnecting("Nobody hears you for the moment.");
  }
  if (uplink.connection === "connecting") {
    return { kind: "waiting", word: "Joining", meaning: "Connecting your microphone." };
  }
  const member = space.members.find(({ id }) => id === me);
  const hasSound = stage.up && stage.connected.includes(me);
  if (uplink.connection !== "connected") {
    // The same person may be heard through another page, or through an encoder that speaks WHIP.
    if (hasSound && member?.muted === false) {
      return heard(space, member.channel, own, "through another page or device.");
    }
    return { ...OFF, meaning: "Nobody hears you yet." };
  }
  const silent = silence(member, own);
  if (silent !== null) return { ...MUTED, meaning: silent };
  if (!hasSound) return reconnecting("Your sound is on its way.");
  return heard(space, member?.channel ?? "air", own);
}

/** Why nothing of ours is heard, as a sentence; null where nothing keeps it. */
function silence(member: StageMember | undefined, { uplink, held }: OwnSide): string | null {
  if (member?.micLocked === true) return "A host locked your microphone. Nobody hears you.";
  if (held === "whisper") return "One moment: changing over. Nobody hears you.";
  if (member?.muted === true) return mutedMeaning(member, uplink);
  if (uplink.muted) {
    return uplink.mutePending
      ? "Your microphone is off here. Waiting for the server."
      : "Your microphone is off. Nobody hears you.";
  }
  return held === "push-to-talk" ? "Hold Talk, or the space key, to speak." : null;
}

/** At most two lines of the lamp. Whoever didn't mute themself is told: they may be in the middle of a sentence. */
function mutedMeaning({ channel }: StageMember, uplink: OwnSide["uplink"]): string {
  if (channel === "backstage") return "You are backstage, off air, and muted: nobody hears you.";
  if (uplink.mutedByServer) return "You were muted: nobody hears you until you unmute.";
  return "Nobody hears you.";
}

function heard(space: SpaceSnapshot, channel: StageChannel, own: OwnSide, how?: string): StageLamp {
  const meaning = (who: string) => (how === undefined ? `${who}.` : `${who}, ${how}`);
  if (channel === "whisper") {
    return { kind: "whisper", word: "Whisper", meaning: meaning("Only the hosts hear you") };
  }
  if (channel === "backstage") {
    const who = "Off air: only those backstage hear you";
    return { kind: "backstage", word: "Backstage", meaning: meaning(who) };
  }
  if (space.state === "live") {
    return { kind: "live", word: "On air", meaning: meaning("Everyone hears you") };
  }
  if (own.secondsToAir !== null) {
    const word = countdownWord(own.secondsToAir);
    return { kind: "countdown", word, meaning: meaning("Then everyone hears you") };
  }
  return { kind: "backstage", word: "Backstage", meaning: meaning("Only the stage hears you") };
}

function reconnecting(meaning: string): StageLamp {
  return { kind: "waiting", word: "Reconnecting", meaning };
}
