import "../../style/audience.css";
import { useSignal } from "@preact/signals";
import { systemClock } from "@rostra/wire";
import { useEffect, useMemo } from "preact/hooks";
import { noteMet } from "../../state/audience/met.ts";
import { ShowingName } from "../../state/audience/showing-name.ts";
import { identity } from "../../state/identity.ts";
import type { Listening } from "../../state/listening.ts";
import { lazy } from "../lazy.tsx";
import { Bursts } from "./bursts.tsx";
import type { HostsNames } from "./people-dialog.tsx";
import { ReactionBar } from "./reaction-bar.tsx";

export { AudienceFigures } from "./audience-figures.tsx";
export { NoticeCard } from "./notice.tsx";
export { RaidCard } from "./raid-card.tsx";

// Looked at by few, and only after a press.
const PeopleDialog = lazy(() => import("./people-dialog.tsx").then((m) => m.PeopleDialog));

/** Only who shows a name needs a token, and what asks control for it. */
const bearer = {
  token: async () => (await import("../../state/app.ts")).api.token(),
};

interface AudiencePartProps {
  readonly listening: Listening;
  /** What the list of people has for hosts; left out: for all others. */
  readonly hosts?: HostsNames | undefined;
}

/** What listeners do together: react, and see who else is there. Loaded after the first sound. */
export function AudiencePart({ listening, hosts }: AudiencePartProps) {
  const showsPeople = useSignal(false);
  const name = useMemo(
    () => new ShowingName({ ...listening, api: bearer, clock: systemClock }),
    [listening],
  );
  useEffect(() => () => name.close(), [name]);
  useNoteWhoIsMet(listening);
  return (
    <div class="audience">
      <ReactionBar listening={listening} />
      <button
        type="button"
        class="button button--quiet button--round audience__people"
        aria-label="People"
        onClick={() => {
          showsPeople.value = true;
        }}
      >
        <PeopleIcon />
      </button>
      <Bursts listener={listening.listener} />
      {showsPeople.value && (
        <PeopleDialog
          listening={listening}
          name={name}
          hosts={hosts}
          onClose={() => {
            showsPeople.value = false;
          }}
        />
      )}
    </div>
  );
}

function PeopleIcon() {
  return (
    <svg width="24" height="24" viewBox="0 0 24 24" fill="none" aria-hidden="true">
      <g stroke="currentColor" stroke-width="2" stroke-linecap="round">
        <circle cx="9" cy="8" r="3.5" />
        <path d="M2.5 19.5c0-3.6 2.9-6 6.5-6s6.5 2.4 6.5 6" />
        <path d="M15.5 4.8a3.5 3.5 0 0 1 0 6.4M18 14.2c2.1.8 3.5 2.7 3.5 5.3" />
      </g>
    </svg>
  );
}

/** Whoever is on stage while one listens, or with whom one shares it, is known next time. */
function useNoteWhoIsMet(listening: Listening): void {
  const members = listening.space.value?.members ?? [];
  const me = identity.value?.user.id;
  useEffect(() => {
    noteMet(members.filter(({ id }) => id !== me));
  }, [members.map(({ id }) => id).join(), me]);
}
