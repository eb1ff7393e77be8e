import { useEffect } from "preact/hooks";
import { announce } from "../../state/announcer.ts";
import type { StageLamp } from "../../state/stage-lamp.ts";
import { LampMark } from "../lamp.tsx";

/** The lamp across the room: am I on air, am I heard. */
export function Tally({ lamp }: { lamp: StageLamp }) {
  useEffect(() => announce(`${lamp.word}. ${lamp.meaning}`), [lamp.word, lamp.meaning]);
  return (
    <div class={`tally lamp--${lamp.kind}`}>
      <p class="tally__word lamp">
        <LampMark kind={lamp.kind} />
        {lamp.word}
      </p>
      <p class="tally__meaning">{lamp.meaning}</p>
    </div>
  );
}
