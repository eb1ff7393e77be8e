import type { StageLamp } from "../../state/stage-lamp.ts";
import { LampMark } from "../lamp.tsx";

/** The lamp across the room: am I on air, am I heard. */
export function Tally({ lamp }: { lamp: StageLamp }) {
  return (
    <div class={`tally lamp--${lamp.kind}`}>
      <p class="tally__word lamp figures">
        <LampMark kind={lamp.kind} />
        {lamp.word}
      </p>
      <p class="tally__meaning">{lamp.meaning}</p>
    </div>
  );
}
