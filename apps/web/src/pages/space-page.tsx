import type { SpaceId } from "@rostra/wire";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { identity } from "../state/app.ts";
import { Listening } from "../state/listening.ts";
import { pendingInvitation } from "../state/navigation.ts";
import { tabTitle } from "../state/room.ts";
import { lazy } from "../view/lazy.tsx";
import { EndedPage } from "../view/plain-page.tsx";
import { ClosedView } from "../view/space/closed-view.tsx";
import { ListenerView } from "../view/space/listener-view.tsx";
import { SpaceBones } from "../view/space/space-bones.tsx";
import { loadStage } from "../view/stage-part.ts";

// Only who is on stage, or invited to it, fetches what the stage needs.
const StageView = lazy(() => loadStage().then((m) => m.StageView));
const InvitationView = lazy(() =>
  import("../view/stage/invitation-view.tsx").then((m) => m.InvitationView),
);

/** One space: for its listeners, its stage, and those who find it closed. */
export function SpacePage(props: { id: SpaceId }) {
  const [visit, setVisit] = useState(0);
  const again = useCallback(() => setVisit((count) => count + 1), []);
  return <Visit key={visit} id={props.id} onOpen={again} />;
}

/** One connection's life. A refusal ends it; when the space opens, a new visit begins. */
function Visit(props: { id: SpaceId; onOpen: () => void }) {
  const listening = useMemo(() => new Listening(props.id), [props.id]);
  useEffect(
    () => () => {
      void listening.close();
    },
    [listening],
  );
  useTabTitle(listening);
  return <SpaceContent listening={listening} onOpen={props.onOpen} />;
}

/** Who gets which view: decided by what the room says, in this order, with control away or not. */
function SpaceContent({ listening, onOpen }: { listening: Listening; onOpen: () => void }) {
  const { phase } = listening.room.value;
  const space = listening.space.value;
  const wasOnStage = useRef(false);
  if (phase === "ended") return <EndedPage title={space?.title ?? null} />;
  if (space === null) {
    const isRefused = phase === "refused";
    return <ClosedView spaceId={listening.spaceId} isRefused={isRefused} onOpen={onOpen} />;
  }
  const me = identity.value?.user.id;
  if (me !== undefined && space.members.some((member) => member.id === me)) {
    // Kept for the moment that the host takes them off: the page then says so.
    wasOnStage.current = true;
    return <StageView listening={listening} me={me} placeholder={<SpaceBones />} />;
  }
  if (pendingInvitation.value !== null) {
    return <InvitationView listening={listening} invitation={pendingInvitation.value} />;
  }
  return <ListenerView listening={listening} cameFromStage={wasOnStage.current} />;
}

/** The tab's title leads with the state: it is all that is seen of a page in the background. */
function useTabTitle(listening: Listening): void {
  const { lamp, phase } = listening.room.value;
  const title = listening.space.value?.title ?? null;
  useEffect(() => {
    if (title !== null && phase !== "ended") document.title = tabTitle(lamp, title);
  }, [lamp.word, phase, title]);
}
