import type { GuardKind, StageGuard, UserId } from "@rostra/wire";

/** What the stage's guards have noticed and not let go of: one entry per person and kind. */
export type ActiveGuards = readonly Pick<StageGuard, "kind" | "id">[];

/** What a guard says to the person whom it is about, alone. */
const OWN_WORDS: Readonly<Record<Exclude<GuardKind, "dead-air">, string>> = {
  howl: "Your microphone whistles. Turn the loudspeaker down, or use headphones.",
  echo: "We hear the room through your microphone: use headphones.",
  "hot-mic": "You are heard, maybe without knowing. Mute yourself if that isn't meant.",
};

/** What it says to the hosts, beside the person's name. */
const HOST_WORDS: Readonly<Record<Exclude<GuardKind, "dead-air">, string>> = {
  howl: "Whistles: turned down",
  echo: "Echoes the room: turned down",
  "hot-mic": "Maybe open by accident: ask, or mute",
};

/** Worst first: one warning at a time can be acted on. */
const ORDER: readonly Exclude<GuardKind, "dead-air">[] = ["howl", "echo", "hot-mic"];

function kindsOf(guards: ActiveGuards, id: UserId) {
  return ORDER.filter((kind) => guards.some((guard) => guard.id === id && guard.kind === kind));
}

/** The warning for ourselves; null while there is none. */
export function ownWarning(guards: ActiveGuards, me: UserId): string | null {
  const kind = kindsOf(guards, me)[0];
  return kind === undefined ? null : OWN_WORDS[kind];
}

/** What to show the hosts beside somebody. */
export function personWarnings(guards: ActiveGuards, id: UserId): readonly string[] {
  return kindsOf(guards, id).map((kind) => HOST_WORDS[kind]);
}

export function hasDeadAir(guards: ActiveGuards): boolean {
  return guards.some(({ kind }) => kind === "dead-air");
}
