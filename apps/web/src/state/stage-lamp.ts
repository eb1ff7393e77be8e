import type { UplinkState } from "@rostra/client";
import type { SpaceSnapshot, StageStatus, UserId } from "@rostra/wire";
import type { Lamp } from "./room.ts";

/** What the lamp of somebody on stage says, and what that means for them. */
export interface StageLamp extends Lamp {
  /** Who hears them: the one question a speaker has. */
  readonly meaning: string;
}

const OFF = { kind: "off", word: "Not joined" } as const;
const MUTED = { kind: "muted", word: "Muted" } as const;

/**
 * The lamp follows what the server knows (snapshot and stage), never what was merely asked for:
 * ON AIR is lit only while the stage has our sound, we aren't muted and the space is live. One
 * exception, on the safe side: a microphone that is off here is MUTED at once.
 */
export function stageLamp(
  space: SpaceSnapshot,
  stage: StageStatus,
  uplink: Pick<UplinkState, "connection" | "muted" | "mutePending">,
  me: UserId,
): StageLamp {
  if (space.state === "ended") {
    return { kind: "ended", word: "Ended", meaning: "The space is over. Nobody hears you." };
  }
  if (uplink.connection === "reconnecting") {
    return reconnecting("Nobody hears you for the moment.");
  }
  if (uplink.connection === "connecting") {
    return { kind: "waiting", word: "Joining", meaning: "Connecting your microphone." };
  }
  const isMuted = space.members.find(({ id }) => id === me)?.muted === true;
  const hasSound = stage.up && stage.connected.includes(me);
  if (uplink.connection !== "connected") {
    // The same person may be heard through another page, or through an encoder that speaks WHIP.
    if (hasSound && !isMuted) return heard(space, "through another page or device.");
    return { ...OFF, meaning: "Nobody hears you yet." };
  }
  if (isMuted) return { ...MUTED, meaning: "Nobody hears you." };
  if (uplink.muted) {
    const meaning = uplink.mutePending
      ? "Your microphone is off here. Waiting for the server."
      : "Your microphone is off. Nobody hears you.";
    return { ...MUTED, meaning };
  }
  if (!hasSound) {
    return reconnecting("Your sound is on its way.");
  }
  return heard(space);
}

function heard(space: SpaceSnapshot, how?: string): StageLamp {
  const meaning = (who: string) => (how === undefined ? `${who}.` : `${who}, ${how}`);
  return space.state === "live"
    ? { kind: "live", word: "On air", meaning: meaning("Everyone hears you") }
    : { kind: "backstage", word: "Backstage", meaning: meaning("Only the stage hears you") };
}

function reconnecting(meaning: string): StageLamp {
  return { kind: "waiting", word: "Reconnecting", meaning };
}
