import type { SpaceSnapshot, StageRole, StageStatus, UserId } from "@rostra/wire";

/** Somebody on stage, as the page shows them. */
export interface PersonView {
  readonly id: UserId;
  readonly name: string;
  readonly initials: string;
  /** 0 to AVATAR_COLOURS - 1; always the same for one id. */
  readonly colour: number;
  readonly role: StageRole;
  readonly roleLabel: string;
  readonly muted: boolean;
  readonly speaking: boolean;
  /** False while their microphone path doesn't work. */
  readonly connected: boolean;
  /** What to say of somebody who isn't connected. */
  readonly awayLabel: string;
  readonly isMe: boolean;
}

/** As many as `people.css` has. */
export const AVATAR_COLOURS = 8;

const ROLE_LABELS: Readonly<Record<StageRole, string>> = {
  host: "Host",
  cohost: "Co-host",
  speaker: "Speaker",
};

const ROLE_ORDER: Readonly<Record<StageRole, number>> = { host: 0, cohost: 1, speaker: 2 };

/** First letters of the first and the last word; whole characters, never half a surrogate pair. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/u);
  const first = [...(words[0] ?? "")][0] ?? "?";
  const last = words.length > 1 ? [...words[words.length - 1]!][0]! : "";
  return (first + last).toLocaleUpperCase();
}

export function avatarColour(id: string): number {
  let hash = 0;
  for (let i = 0; i < id.length; i += 1) hash = (hash * 31 + id.charCodeAt(i)) >>> 0;
  return hash % AVATAR_COLOURS;
}

/**
 * The people on stage: host first, then co-hosts, then speakers, each in the order they came.
 * The order doesn't depend on who speaks, so nobody's face moves while they are looked at.
 */
export function peopleOnStage(
  { members, state }: Pick<SpaceSnapshot, "members" | "state">,
  stage: StageStatus,
  me: UserId | null,
): PersonView[] {
  return members
    .map((member) => {
      const connected = stage.up && stage.connected.includes(member.id);
      return {
        id: member.id,
        name: member.displayName,
        initials: initials(member.displayName),
        colour: avatarColour(member.id),
        role: member.role,
        roleLabel: ROLE_LABELS[member.role],
        muted: member.muted,
        // The stage says who speaks; a muted member's last word may still be in flight.
        speaking: connected && !member.muted && stage.speaking.includes(member.id),
        connected,
        // Before the space is live most of them simply haven't come yet.
        awayLabel: state === "live" ? "Reconnecting" : "Not here yet",
        isMe: member.id === me,
      };
    })
    .sort((a, b) => ROLE_ORDER[a.role] - ROLE_ORDER[b.role]);
}

/** What a screen reader says under a name: role and everything that the marks show. */
export function describePerson(person: PersonView): string {
  const words = [person.roleLabel];
  if (!person.connected) words.push(person.awayLabel.toLowerCase());
  else if (person.muted) words.push("muted");
  else if (person.speaking) words.push("speaking");
  return words.join(", ");
}
