import { useSignal } from "@preact/signals";
import type { Space } from "@rostra/client";
import type { SpaceId } from "@rostra/wire";
import { useEffect } from "preact/hooks";
import { api } from "../../state/app.ts";
import { failureWords } from "../../state/failure.ts";
import { identity } from "../../state/identity.ts";
import { askRefusal, type Refusal } from "../../state/refusal.ts";
import { startsAtWords } from "../../state/room.ts";
import { EndedPage, NotFoundPage, PlainPage } from "../plain-page.tsx";
import { CONNECTING, SpaceBones } from "./space-bones.tsx";

const ASK_AGAIN_MS = 10_000;

interface ClosedViewProps {
  readonly spaceId: SpaceId;
  /** The edge said no, rather than not yet. */
  readonly isRefused: boolean;
  /** The space has opened: connect anew. */
  readonly onOpen: () => void;
}

/**
 * A space that no edge has let us into, or not yet: control is asked why, at once and again every now
 * and then, for that may change.
 */
export function ClosedView({ spaceId, isRefused, onOpen }: ClosedViewProps) {
  const refusal = useSignal<Refusal | null>(null);
  useEffect(() => {
    let isGone = false;
    const ask = async () => {
      const answer = await askRefusal(api, spaceId);
      if (isGone) return;
      // An edge that is only slow, or out of reach, is being tried by the listener already.
      const isWaitedFor = isRefused || refusal.peek()?.why === "scheduled";
      if (answer.why === "open" && isWaitedFor) onOpen();
      else refusal.value = answer;
    };
    void ask();
    const timer = setInterval(() => void ask(), ASK_AGAIN_MS);
    return () => {
      isGone = true;
      clearInterval(timer);
    };
  }, [spaceId, isRefused, onOpen]);
  return <RefusalPage refusal={refusal.value} onOpen={onOpen} />;
}

function RefusalPage(props: { refusal: Refusal | null; onOpen: () => void }) {
  const { refusal } = props;
  // Open, yet not for us so far: the line is slow.
  if (refusal === null || refusal.why === "open") return <SpaceBones lamp={CONNECTING} />;
  switch (refusal.why) {
    case "missing":
      return <NotFoundPage what="space" />;
    case "ended":
      return <EndedPage title={refusal.title} />;
    case "scheduled":
      return <ScheduledPage space={refusal.space} onOpen={props.onOpen} />;
    case "unknown":
      return <UnreachablePage words={refusal.words} />;
  }
}

function UnreachablePage(props: { words: string }) {
  return (
    <PlainPage lamp={{ kind: "waiting", word: "Reconnecting" }} heading="Trying to reach the space">
      <p class="soft">{props.words} This page keeps trying by itself.</p>
    </PlainPage>
  );
}

function ScheduledPage(props: { space: Space; onOpen: () => void }) {
  const { space } = props;
  const startsAtMs = space.startsAt === null ? null : Date.parse(space.startsAt);
  const me = identity.value?.user.id;
  const role = space.stage.find((member) => member.id === me)?.role;
  return (
    <PlainPage
      lamp={{ kind: "scheduled", word: startsAtWords(startsAtMs, Date.now()) }}
      heading={space.title}
    >
      <p class="soft">Hosted by {space.host.displayName}.</p>
      {role === "host" || role === "cohost" ? (
        <OpenBackstage space={space} onOpen={props.onOpen} />
      ) : (
        <p>Keep this page open: it begins by itself.</p>
      )}
    </PlainPage>
  );
}

function OpenBackstage(props: { space: Space; onOpen: () => void }) {
  const problem = useSignal<string | null>(null);
  const open = () => {
    api.openBackstage(props.space.id).then(props.onOpen, (error: unknown) => {
      problem.value = failureWords(error);
    });
  };
  return (
    <>
      <p>Open the backstage when you are ready to meet there. The audience hears nothing yet.</p>
      <button type="button" class="button button--primary button--big" onClick={open}>
        Open the backstage
      </button>
      <p class="problem" role="alert">
        {problem.value}
      </p>
    </>
  );
}
