import type { SpaceSnapshot, StageChannel, StageRole, StageStatus, UserId } from "@rostra/wire";

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
  /** May not unmute themself. */
  readonly micLocked: boolean;
  readonly channel: StageChannel;
  /** "Backstage", "Whispering"; empty where the voice goes where everybody's does. */
  readonly placeLabel: string;
  readonly speaking: boolean;
  /** False while their microphone path doesn't work. */
  readonly connected: boolean;
  /** What to say of somebody who isn't connected. */
  readonly awayLabel: string;
  readonly isMe: boolean;
  /** On the list of those whom this person keeps away from; told to nobody else. */
  readonly blockedByMe: boolean;
}

/** What a view of the people is made of, beside the space and its stage. */
export interface Onlooker {
  readonly me: UserId | null;
  /** Who was connected since this page is open: whoever is gone now is coming back. */
  readonly seen: ReadonlySet<UserId>;
  readonly blocked: ReadonlySet<UserId>;
}

export const NOBODY_IN_PARTICULAR: Onlooker = { me: null, seen: new Set(), blocked: new Set() };

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
  { me, seen, blocked }: Onlooker,
): PersonView[] {
  const runsStage = members.some(({ id, role }) => id === me && role !== "speaker");
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
        micLocked: member.micLocked,
        channel: member.channel,
        placeLabel: placeLabel(member.channel, state, runsStage),
        // The stage says who speaks; a muted member's last word may still be in flight.
        speaking: connected && !member.muted && stage.speaking.includes(member.id),
        connected,
        // Only of whom this page has seen can it say that they were here.
        awayLabel: seen.has(member.id) ? "Reconnecting" : "Not here yet",
        isMe: member.id === me,
        blockedByMe: blocked.has(member.id),
      };
    })
    .sort((a, b) => ROLE_ORDER[a.role] - ROLE_ORDER[b.role]);
}

/** That hosts whisper is their own matter: to others they are off air, as anybody backstage. */
function placeLabel(channel: StageChannel, state: SpaceSnapshot["state"], runsStage: boolean) {
  if (channel === "air") return "";
  if (channel === "whisper" && runsStage) return "Whispering";
  return state === "live" || runsStage ? "Backstage" : "";
}

/** The line under a name: what the person is, or where. */
export function personLine(person: PersonView): string {
  if (!person.connected) return person.awayLabel;
  return person.placeLabel === "" ? person.roleLabel : person.placeLabel;
}

/** What a screen reader says under a name: role and everything that the marks show. */
export function describePerson(person: PersonView): string {
  const words = [person.roleLabel];
  if (person.placeLabel !== "") words.push(person.placeLabel.toLowerCase());
  if (!person.connected) words.push(person.awayLabel.toLowerCase());
  else if (person.muted) words.push("muted");
  else if (person.speaking) words.push("speaking");
  if (person.micLocked) words.push("microphone locked");
  if (person.blockedByMe) words.push("you blocked this account");
  return words.join(", ");
}
