import "../../style/audience.css";
import { useSignal } from "@preact/signals";
import { systemClock } from "@rostra/wire";
import { useEffect, useMemo } from "preact/hooks";
import { api, identity } from "../../state/app.ts";
import { noteMet } from "../../state/audience/met.ts";
import { ShowingName } from "../../state/audience/showing-name.ts";
import type { Listening } from "../../state/listening.ts";
import { Bursts } from "./bursts.tsx";
import { PeopleDialog } from "./people-dialog.tsx";
import { ReactionBar } from "./reaction-bar.tsx";

export { AudienceFigures } from "./audience-figures.tsx";

/** What listeners do together: react, and see who else is there. Loaded after the first sound. */
export function AudiencePart({ listening }: { listening: Listening }) {
  const showsPeople = useSignal(false);
  const name = useMemo(
    () => new ShowingName({ ...listening, api, clock: systemClock }),
    [listening],
  );
  useEffect(() => () => name.close(), [name]);
  useNoteWhoIsMet(listening);
  return (
    <div class="audience">
      <ReactionBar listening={listening} />
      <button
        type="button"
        class="button button--quiet audience__people"
        onClick={() => {
          showsPeople.value = true;
        }}
      >
        People
      </button>
      <Bursts listener={listening.listener} />
      {showsPeople.value && (
        <PeopleDialog
          listening={listening}
          name={name}
          onClose={() => {
            showsPeople.value = false;
          }}
        />
      )}
    </div>
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
