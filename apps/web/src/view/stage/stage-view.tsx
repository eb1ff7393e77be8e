import "../../style/stage.css";
import "../../style/host.css";
import { useSignal } from "@preact/signals";
import type { UserId } from "@rostra/wire";
import { useEffect, useMemo } from "preact/hooks";
import { api } from "../../state/app.ts";
import { arriving } from "../../state/arrival.ts";
import { HandsQueue } from "../../state/hands-queue.ts";
import type { Listening } from "../../state/listening.ts";
import { Moderation } from "../../state/moderation.ts";
import { pendingInvitation } from "../../state/navigation.ts";
import type { PersonView } from "../../state/person.ts";
import { stageNotice } from "../../state/stage-notice.ts";
import { joinsMuted, stagePowers } from "../../state/stage-powers.ts";
import { StageSession } from "../../state/stage-session.ts";
import { AudienceFigures } from "../audience/audience-figures.tsx";
import { AudiencePart } from "../audience/audience-part.tsx";
import { NoticeCard } from "../audience/notice.tsx";
import { PersonDialog } from "../hand/person-dialog.tsx";
import { LampView } from "../lamp.tsx";
import { keepFocus } from "../lost-focus.ts";
import { People } from "../people.tsx";
import { SpaceTitle } from "../space/space-title.tsx";
import { StageHeading } from "../space/stage-heading.tsx";
import { Console } from "./console.tsx";
import { HandsPanel } from "./hands-panel.tsx";
import { useHostsNames } from "./hidden-names.tsx";
import { KeyHelp } from "./key-help.tsx";
import { RaidStatus } from "./raid-status.tsx";
import { Roster } from "./roster.tsx";
import { useStageKeys } from "./use-stage-keys.ts";

keepFocus();

interface StageViewProps {
  readonly listening: Listening;
  readonly me: UserId;
}

/** What those on stage work with: one of each per visit to a stage. */
export interface Desk {
  readonly listening: Listening;
  readonly me: UserId;
  readonly session: StageSession;
  readonly moderation: Moderation;
  readonly queue: HandsQueue;
}

/** A space as those on stage see it: whether I am heard, who else is here, and what I can do. */
export function StageView({ listening, me }: StageViewProps) {
  const desk = useDesk(listening, me);
  const showsKeys = useSignal(false);
  useStageKeys(desk, () => {
    showsKeys.value = true;
  });
  const hostsNames = useHostsNames(listening.spaceId);
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
        <StageNotice desk={desk} />
        <NoticeCard listening={listening} />
        <RaidStatus desk={desk} />
      </header>
      <Console
        desk={desk}
        onKeys={() => {
          showsKeys.value = true;
        }}
      />
      <div class="stage-rooms">
        {canModerate && <HandsPanel desk={desk} />}
        <section class="space__stage" aria-labelledby="stage-heading">
          <StageHeading listening={listening} />
          {canModerate ? <Roster desk={desk} /> : <OthersOnStage listening={listening} />}
          <AudienceFigures listening={listening} />
          <AudiencePart listening={listening} hosts={canModerate ? hostsNames : undefined} />
        </section>
      </div>
      {showsKeys.value && (
        <KeyHelp
          isHost={canModerate}
          onClose={() => {
            showsKeys.value = false;
          }}
        />
      )}
    </article>
  );
}

/** Owns session, moderation and queue for as long as the stage's page is open. */
function useDesk(listening: Listening, me: UserId): Desk {
  const desk = useMemo<Desk>(() => {
    const session = new StageSession(api, listening);
    const moderation = new Moderation(api, listening, (action) => session.attempt(action));
    const queue = new HandsQueue(api, listening.spaceId, listening.hands);
    return { listening, me, session, moderation, queue };
  }, [listening, me]);
  useEffect(
    () => () => {
      desk.moderation.close();
      desk.session.close();
    },
    [desk],
  );
  useEffect(() => {
    // Used up, or not needed: whoever leaves the stage later isn't asked to come back.
    pendingInvitation.value = null;
    const space = listening.space.value;
    if (arriving.value !== listening.spaceId || space === null) return;
    arriving.value = null;
    void desk.session.join(joinsMuted(space, me));
  }, [listening, me, desk]);
  return desk;
}

/** What the audience is told, as far as the stage needs it; and who runs the space for now. */
function StageNotice({ desk }: { desk: Desk }) {
  const { listening, me } = desk;
  const space = listening.space.value;
  return (
    <p class="space__notice" role="status">
      {space === null ? "" : stageNotice(space, listening.room.value, me)}
    </p>
  );
}

/** Speakers see the others as the audience does. */
function OthersOnStage({ listening }: { listening: Listening }) {
  const open = useSignal<PersonView | null>(null);
  return (
    <>
      <People
        people={listening.people.value}
        onOpen={(person) => {
          open.value = person;
        }}
      />
      {open.value !== null && (
        <PersonDialog
          person={open.value}
          onClose={() => {
            open.value = null;
          }}
        />
      )}
    </>
  );
}
