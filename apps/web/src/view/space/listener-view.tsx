import { useEffect } from "preact/hooks";
import { onKeyAction } from "../../state/keys.ts";
import type { Listening } from "../../state/listening.ts";
import { LampView } from "../lamp.tsx";
import { People } from "../people.tsx";
import { Player } from "./player.tsx";
import { Share } from "./share.tsx";
import { SpaceTitle } from "./space-title.tsx";

/** A space as its audience sees it: what is on, who speaks, and one big button. */
export function ListenerView(props: { listening: Listening }) {
  const { listening } = props;
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
      <SpaceHead listening={listening} />
      <OnStage listening={listening} />
      <div class="space__side">
        <Player listening={listening} />
        <Share listening={listening} />
      </div>
    </article>
  );
}

function SpaceHead({ listening }: { listening: Listening }) {
  const { lamp, notice } = listening.room.value;
  const space = listening.space.value;
  if (space === null) return null;
  return (
    <header class="space__head">
      <div class="space__state">
        <LampView lamp={lamp} size="large" />
      </div>
      <SpaceTitle space={space} />
      {/* Its line is always kept free: a notice that comes or goes moves nothing. */}
      <p class="space__notice" role="status">
        {notice}
      </p>
    </header>
  );
}

function OnStage({ listening }: { listening: Listening }) {
  return (
    <section class="space__stage" aria-labelledby="stage-heading">
      <div class="space__row">
        <h2 id="stage-heading">On stage</h2>
        <p class="space__count figures">{listening.audience.value}</p>
      </div>
      <People people={listening.people.value} />
    </section>
  );
}
