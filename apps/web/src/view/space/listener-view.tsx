import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { announce } from "../../state/announcer.ts";
import { identity } from "../../state/identity.ts";
import { onKeyAction } from "../../state/keys.ts";
import type { Listening } from "../../state/listening.ts";
import { myBlocks } from "../../state/my-blocks.ts";
import type { PersonView } from "../../state/person.ts";
import { LampView } from "../lamp.tsx";
import { lazy } from "../lazy.tsx";
import { People } from "../people.tsx";
import { HandPlace } from "./hand-place.tsx";
import { Player } from "./player.tsx";
import { Share } from "./share.tsx";
import { SpaceTitle } from "./space-title.tsx";
import { StageHeading } from "./stage-heading.tsx";

// Few listeners are asked on stage, or keep away from somebody: what that needs comes when it does.
const NamedInvitation = lazy(() => import("../hand/hand-part.ts").then((m) => m.NamedInvitation));
const PersonDialog = lazy(() => import("../hand/hand-part.ts").then((m) => m.PersonDialog));
const BlocksDialog = lazy(() => import("../hand/hand-part.ts").then((m) => m.BlocksDialog));

const AudiencePart = lazy(() =>
  import("../audience/audience-part.tsx").then((m) => m.AudiencePart),
);

const AudienceFigures = lazy(() =>
  import("../audience/audience-part.tsx").then((m) => m.AudienceFigures),
);

const NoticeCard = lazy(() => import("../audience/audience-part.tsx").then((m) => m.NoticeCard));
const RaidCard = lazy(() => import("../audience/audience-part.tsx").then((m) => m.RaidCard));

const OFF_STAGE = "You are off the stage: you listen now.";

/** A space as its audience sees it: what is on, who speaks, and one big button. */
export function ListenerView(props: { listening: Listening; cameFromStage: boolean }) {
  const { listening, cameFromStage } = props;
  useEffect(
    () =>
      onKeyAction((action) => {
        if (action === "play") listening.toggle();
        else if (action === "mute") listening.toggleSound();
        else if (listening.place.value.behindS === null) return false;
        else void listening.jumpToLive();
        return true;
      }),
    [listening],
  );
  // Down from the stage: who heard the others there goes on hearing them.
  useEffect(() => listening.takeBackFromStage(), [listening]);
  return (
    <article class="space" aria-labelledby="space-title">
      <SpaceHead listening={listening} note={cameFromStage ? OFF_STAGE : ""} />
      <OnStage listening={listening} />
      <div class="space__side">
        <Player listening={listening}>
          <AskedOrAsking listening={listening} />
          <div class="audience-place">
            {listening.hasSounded.value ? (
              <AudiencePart listening={listening} />
            ) : (
              <p class="small soft">Reactions and people come with the sound.</p>
            )}
          </div>
        </Player>
        <Share listening={listening} />
        <MyBlocks />
      </div>
    </article>
  );
}

/** @param props.note what to say while the room itself has nothing to say */
function SpaceHead({ listening, note }: { listening: Listening; note: string }) {
  const { lamp, notice } = listening.room.value;
  const space = listening.space.value;
  // The lamp's word alone: the title doesn't change, and the notice is announced by itself.
  useEffect(() => announce(`${lamp.word} ${note}`), [lamp.word, note]);
  if (space === null) return null;
  return (
    <header class="space__head">
      <div class="space__state">
        <LampView lamp={lamp} size="large" />
      </div>
      <SpaceTitle space={space} />
      {/* Its line is always kept free: a notice that comes or goes moves nothing. */}
      <p class="space__notice" role="status">
        {notice === "" ? note : notice}
      </p>
      {listening.notice.value !== null && <NoticeCard listening={listening} />}
      {listening.raids.value.some(({ side }) => side === "leaving") && (
        <RaidCard listening={listening} />
      )}
    </header>
  );
}

/** Whoever was asked on stage by name answers; everybody else may ask to speak. */
function AskedOrAsking({ listening }: { listening: Listening }) {
  const me = identity.value?.user.id;
  const invited = listening.space.value?.invited.find(({ id }) => id === me);
  return invited === undefined ? (
    <HandPlace listening={listening} />
  ) : (
    <NamedInvitation listening={listening} invited={invited} />
  );
}

/** Apart from the head, so that a speaking ring draws only this part again. */
function OnStage({ listening }: { listening: Listening }) {
  const open = useSignal<PersonView | null>(null);
  // Who is nobody to the server has no list of their own to put anybody on.
  const onOpen =
    identity.value === null
      ? undefined
      : (person: PersonView) => {
          open.value = person;
        };
  return (
    <section class="space__stage" aria-labelledby="stage-heading">
      <StageHeading listening={listening} />
      <People people={listening.people.value} onOpen={onOpen} />
      <div class="figures-place">
        {listening.hasSounded.value && <AudienceFigures listening={listening} />}
      </div>
      {open.value !== null && (
        <PersonDialog
          person={open.value}
          onClose={() => {
            open.value = null;
          }}
        />
      )}
    </section>
  );
}

/** The way to the list of those whom this person keeps away from; nothing while it is empty. */
function MyBlocks() {
  const isOpen = useSignal(false);
  const count = myBlocks.value.size;
  if (count === 0 && !isOpen.value) return null;
  return (
    <div>
      <button
        type="button"
        class="button button--quiet"
        onClick={() => {
          isOpen.value = true;
        }}
      >
        People you blocked ({count})
      </button>
      {isOpen.value && (
        <BlocksDialog
          onClose={() => {
            isOpen.value = false;
          }}
        />
      )}
    </div>
  );
}
