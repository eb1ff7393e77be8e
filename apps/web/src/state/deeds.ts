import type { SpaceSettings, SpaceSnapshot, UserId } from "@rostra/wire";

/** One call that a host's press makes, or its undo: plain data, so that it can be planned and tested. */
export type Deed =
  | { readonly do: "mute"; readonly id: UserId }
  | { readonly do: "mute-all" }
  | { readonly do: "lock" | "unlock"; readonly id: UserId }
  | { readonly do: "role"; readonly id: UserId; readonly role: "cohost" | "speaker" }
  | { readonly do: "send"; readonly id: UserId; readonly channel: "air" | "backstage" }
  | { readonly do: "remove" | "block" | "unblock" | "hand-over"; readonly id: UserId }
  | { readonly do: "invite"; readonly id: UserId; readonly role: "cohost" | "speaker" }
  | { readonly do: "withdraw"; readonly id: UserId }
  | { readonly do: "settings"; readonly settings: Partial<SpaceSettings> };

/** What a bar says after a deed, and what its button would do about it. */
export interface Aftermath {
  readonly words: string;
  /** Null where it can't be taken back. */
  readonly undo: { readonly label: string; readonly deeds: readonly Deed[] } | null;
}

/**
 * Undoing never unmutes: a mute is only told, and a lock that is taken back leaves its owner muted.
 * @param before the space as it was when the button was pressed
 * @param name of whom it is about, for those who aren't on stage
 */
export function aftermath(deed: Deed, before: SpaceSnapshot, name = "them"): Aftermath {
  const id = "id" in deed ? deed.id : null;
  const member = before.members.find((candidate) => candidate.id === id);
  const who = member?.displayName ?? name;
  switch (deed.do) {
    case "mute":
      return told(`Muted ${who}`);
    case "mute-all":
      return told("Muted everybody else");
    case "lock":
      return undoable(`Locked ${who}'s microphone`, `Let ${who} unmute`, {
        do: "unlock",
        id: deed.id,
      });
    case "unlock":
      return undoable(`${who} may unmute`, "Undo", { do: "lock", id: deed.id });
    case "role": {
      const words = `${who} is ${deed.role === "cohost" ? "a co-host" : "a speaker"} now`;
      const role = deed.role === "cohost" ? "speaker" : "cohost";
      return undoable(words, "Undo", { do: "role", id: deed.id, role });
    }
    case "send": {
      const isAway = deed.channel === "backstage";
      const words = isAway ? `Sent ${who} backstage` : `${who} is on air, muted`;
      const channel = isAway ? "air" : "backstage";
      return undoable(words, "Undo", { do: "send", id: deed.id, channel });
    }
    case "remove":
      return undoable(`Took ${who} off the stage`, `Invite ${who} again`, again(deed.id, member));
    case "block":
      return undoable(`Blocked ${who}`, "Unblock", { do: "unblock", id: deed.id });
    case "unblock":
      return undoable(`Unblocked ${who}`, "Undo", { do: "block", id: deed.id });
    case "hand-over":
      // Who isn't on stage is asked, and may say no.
      if (member !== undefined) return told(`${who} is the host now`);
      return undoable(`Asked ${who} to host`, "Undo", { do: "withdraw", id: deed.id });
    case "invite":
      return undoable(`Invited ${who}`, "Undo", { do: "withdraw", id: deed.id });
    case "withdraw": {
      const invited = before.invited.find((each) => each.id === deed.id);
      const again: Deed = invited?.asHost
        ? { do: "hand-over", id: deed.id }
        : { do: "invite", id: deed.id, role: invited?.role ?? "speaker" };
      return undoable(`Withdrew the invitation of ${who}`, `Invite ${who} again`, again);
    }
    case "settings":
      return settingsAftermath(deed.settings, before.settings);
  }
}

function told(words: string): Aftermath {
  return { words, undo: null };
}

function undoable(words: string, label: string, ...deeds: Deed[]): Aftermath {
  return { words, undo: { label, deeds } };
}

function again(id: UserId, member: SpaceSnapshot["members"][number] | undefined): Deed {
  return { do: "invite", id, role: member?.role === "cohost" ? "cohost" : "speaker" };
}

function settingsAftermath(changed: Partial<SpaceSettings>, before: SpaceSettings): Aftermath {
  const keys = Object.keys(changed) as (keyof SpaceSettings)[];
  const settings = Object.fromEntries(keys.map((key) => [key, before[key]]));
  const words =
    keys.length === 1 && keys[0] === "handsOpen"
      ? `Hands are ${changed.handsOpen === true ? "open" : "closed"}`
      : "Settings saved";
  return undoable(words, "Undo", { do: "settings", settings });
}
