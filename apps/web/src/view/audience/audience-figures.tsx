import { audienceFigures } from "../../state/audience/figures.ts";
import type { Listening } from "../../state/listening.ts";

/** How large the audience was at most, and how many of it hear. Its lines are kept free. */
export function AudienceFigures({ listening }: { listening: Listening }) {
  const counts = listening.counts.value;
  return (
    <p class="crowd__line small soft figures">
      {counts === null ? "" : audienceFigures(counts).join(" · ")}
    </p>
  );
}
