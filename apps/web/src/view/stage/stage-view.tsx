import "../../style/stage.css";
import type { UserId } from "@rostra/wire";
import { useEffect, useMemo } from "preact/hooks";
import { api } from "../../state/app.ts";
import { arriving } from "../../state/arrival.ts";
import type { Listening } from "../../state/listening.ts";
import { pendingInvitation } from "../../state/navigation.ts";
import { joinsMuted, stagePowers } from "../../state/stage-powers.ts";
import { StageSession } from "../../state/stage-session.ts";
import { LampView } from "../lamp.tsx";
import { People } from "../people.tsx";
import { SpaceTitle } from "../space/space-title.tsx";
import { StageHeading } from "../space/stage-heading.tsx";
import { Console } from "./console.tsx";
import { PersonActions } from "./person-actions.tsx";

interface StageViewProps {
  readonly listening: Listening;
  readonly me: UserId;
}

/** A space as those on stage see it: whether I am heard, who else is here, and what I can do. */
export function StageView({ listening, me }: StageViewProps) {
  const session = useMemo(() => new StageSession(api, listening), [listening]);
  useEffect(() => () => session.close(), [session]);
  useEffect(() => {
    // Used up, or not needed: whoever leaves the stage later isn't asked to come back.
    pendingInvitation.value = null;
    const space = listening.space.value;
    if (arriving.value !== listening.spaceId || space === null) return;
    arriving.value = null;
    void session.join(joinsMuted(space, me));
  }, [listening, me, session]);

  const space = listening.space.value;
  if (space === null) return null;
  // Without the right to it there are no buttons at all, rather than dead ones.
  const { canModerate } = stagePowers(space, me);
  return (
    <article class="space space--stage" aria-labelledby="space-title">
      <header class="space__head">
        <div class="space__state">
          <LampView lamp={listening.room.value.lamp} size="small" />
        </div>
        <SpaceTitle space={space} />
      </header>
      <Console session={session} listening={listening} me={me} />
      <section class="space__stage" aria-labelledby="stage-heading">
        <StageHeading listening={listening} />
        <People
          people={listening.people.value}
          {...(canModerate
            ? { actions: (person) => <PersonActions person={person} session={session} /> }
            : {})}
        />
      </section>
    </article>
  );
}
