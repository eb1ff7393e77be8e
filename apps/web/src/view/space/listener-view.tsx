import { useEffect } from "preact/hooks";
import { announce } from "../../state/announcer.ts";
import { onKeyAction } from "../../state/keys.ts";
import type { Listening } from "../../state/listening.ts";
import { LampView } from "../lamp.tsx";
import { People } from "../people.tsx";
import { Player } from "./player.tsx";
import { Share } from "./share.tsx";
import { SpaceTitle } from "./space-title.tsx";
import { StageHeading } from "./stage-heading.tsx";

const OFF_STAGE = "You are off the stage: you listen now.";

/** A space as its audience sees it: what is on, who speaks, and one big button. */
export function ListenerView(props: { listening: Listening; cameFromStage: boolean }) {
  const { listening, cameFromStage } = props;
  useEffect(
    () =>
      onKeyAction((action) => {
        if (action === "play") listening.toggle();
        else listening.toggleSound();
        return true;
      }),
    [listening],
  );
  return (
    <article class="space" aria-labelledby="space-title">
      <SpaceHead listening={listening} note={cameFromStage ? OFF_STAGE : ""} />
      <OnStage listening={listening} />
      <div class="space__side">
        <Player listening={listening} />
        <Share listening={listening} />
      </div>
    </article>
  );
}

/** @param props.note what to say while the room itself has nothing to say */
function SpaceHead({ listening, note }: { listening: Listening; note: string }) {
  const { lamp, notice } = listening.room.value;
  const space = listening.space.value;
  // The lamp's word alone: the title doesn't change, and the notice is announced by itself.
  useEffect(() => announce(lamp.word), [lamp.word]);
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
    </header>
  );
}

/** Apart from the head, so that a speaking ring draws only this part again. */
function OnStage({ listening }: { listening: Listening }) {
  return (
    <section class="space__stage" aria-labelledby="stage-heading">
      <StageHeading listening={listening} />
      <People people={listening.people.value} />
    </section>
  );
}
