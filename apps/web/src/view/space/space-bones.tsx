import type { Lamp } from "../../state/room.ts";
import { LampView } from "../lamp.tsx";

export const CONNECTING: Lamp = { kind: "waiting", word: "Connecting" };

/** The shape of a space before anything is known of it. */
export function SpaceBones(props: { lamp?: Lamp }) {
  return (
    <div class="space" role="status" aria-label="Loading the space">
      <div class="space__head">
        <div class="space__state">
          {props.lamp !== undefined && <LampView lamp={props.lamp} size="large" />}
        </div>
        <div>
          <h1 class="for-screen-readers">Connecting to the space</h1>
          <div class="bone space__title-bone" />
          <div class="bone bone--line bone--short" />
        </div>
        <div class="space__notice" />
      </div>
      <div class="space__stage">
        <div class="bone bone--line bone--short" />
        <div class="people people--few">
          <div class="person">
            <span class="bone avatar" />
          </div>
          <div class="person">
            <span class="bone avatar" />
          </div>
        </div>
      </div>
    </div>
  );
}
