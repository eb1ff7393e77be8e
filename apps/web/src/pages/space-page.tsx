import type { SpaceId } from "@rostra/wire";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { identity } from "../state/identity.ts";
import { Listening } from "../state/listening.ts";
import { pendingInvitation } from "../state/navigation.ts";
import { tabTitle } from "../state/room.ts";
import { lazy } from "../view/lazy.tsx";
import { ListenerView } from "../view/space/listener-view.tsx";
import { CONNECTING, SpaceBones } from "../view/space/space-bones.tsx";
import { loadStage } from "../view/stage-part.ts";

// Only who is on stage, or invited to it, fetches what the stage needs.
const StageView = lazy(() => loadStage().then((m) => m.StageView));
const InvitationView = lazy(() =>
  import("../view/stage/invitation-view.tsx").then((m) => m.InvitationView),
);

// Nobody who listens needs these yet.
const EndedPage = lazy(() => import("../view/plain-page.tsx").then((m) => m.EndedPage));
// A space that opens at once needs nothing to say why it doesn't.
const ClosedView = lazy(() => import("../view/space/closed-view.tsx").then((m) => m.ClosedView));
/** How long a connection may take before it is worth asking what is wrong. */
const PATIENCE_MS = 1_500;

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
  if (phase === "ended") {
    const stop = listening.isBehind.value ? { onStop: () => listening.stop() } : {};
    return <EndedPage title={space?.title ?? null} {...stop} />;
  }
  if (space === null) {
    const isRefused = phase === "refused";
    return <NotOpenYet spaceId={listening.spaceId} isRefused={isRefused} onOpen={onOpen} />;
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

/** Connecting: for a moment nothing is said of it. */
function NotOpenYet(props: { spaceId: SpaceId; isRefused: boolean; onOpen: () => void }) {
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  const bones = <SpaceBones lamp={CONNECTING} />;
  return props.isRefused || isLong ? <ClosedView {...props} placeholder={bones} /> : bones;
}

/** The tab's title leads with the state: it is all that is seen of a page in the background. */
function useTabTitle(listening: Listening): void {
  const { lamp, phase } = listening.room.value;
  const title = listening.space.value?.title ?? null;
  useEffect(() => {
    if (title !== null && phase !== "ended") document.title = tabTitle(lamp, title);
  }, [lamp.word, phase, title]);
}
