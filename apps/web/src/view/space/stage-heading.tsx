import type { Listening } from "../../state/listening.ts";

/** Over the people on stage: how many listen to them. */
export function StageHeading({ listening }: { listening: Listening }) {
  return (
    <div class="space__row">
      <h2 id="stage-heading">On stage</h2>
      <p class="space__count figures">{listening.audience.value}</p>
    </div>
  );
}
