import { useSignal } from "@preact/signals";
import type { SpaceId } from "@rostra/wire";
import { useEffect } from "preact/hooks";
import { api } from "../../state/app.ts";
import { askRefusal, type Refusal } from "../../state/refusal.ts";
import { startsAtWords } from "../../state/room.ts";
import { EndedPage, NotFoundPage, PlainPage } from "../plain-page.tsx";
import { SpaceBones } from "./space-bones.tsx";

const ASK_AGAIN_MS = 10_000;

/** A space that no edge lets us into: control says why. Keeps asking where that may change. */
export function RefusedView(props: { spaceId: SpaceId; onOpen: () => void }) {
  const { spaceId, onOpen } = props;
  const refusal = useSignal<Refusal | null>(null);
  useEffect(() => {
    let isGone = false;
    const ask = async () => {
      const answer = await askRefusal(api, spaceId);
      if (isGone) return;
      if (answer.why === "open") onOpen();
      else refusal.value = answer;
    };
    void ask();
    const timer = setInterval(() => void ask(), ASK_AGAIN_MS);
    return () => {
      isGone = true;
      clearInterval(timer);
    };
  }, [spaceId, onOpen]);
  return <RefusalPage refusal={refusal.value} />;
}

function RefusalPage({ refusal }: { refusal: Refusal | null }) {
  if (refusal === null || refusal.why === "open") return <SpaceBones />;
  if (refusal.why === "missing") return <NotFoundPage what="space" />;
  if (refusal.why === "ended") return <EndedPage title={refusal.title} />;
  if (refusal.why === "unknown") {
    return (
      <PlainPage lamp={{ kind: "waiting", word: "Waiting" }} heading="This space can't be reached">
        <p class="soft">{refusal.words} This page keeps trying.</p>
      </PlainPage>
    );
  }
  const { space } = refusal;
  const startsAtMs = space.startsAt === null ? null : Date.parse(space.startsAt);
  return (
    <PlainPage
      lamp={{ kind: "scheduled", word: startsAtWords(startsAtMs, Date.now()) }}
      heading={space.title}
    >
      <p class="soft">Hosted by {space.host.displayName}.</p>
      <p>Keep this page open: it begins by itself.</p>
    </PlainPage>
  );
}
