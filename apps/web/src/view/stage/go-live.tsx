import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { api } from "../../state/app.ts";
import { COUNTDOWNS } from "../../state/countdown.ts";
import type { Desk } from "./stage-view.tsx";

/** On air: at once or after a countdown, which one press calls off. */
export function GoLive({ desk, isMain }: { desk: Desk; isMain: boolean }) {
  const { session, listening } = desk;
  const seconds = useSignal<number>(0);
  const spaceId = session.spaceId;
  const isCounting = listening.space.value?.airsAtMs !== null;
  const press = () =>
    session.attempt(() => {
      if (isCounting) return api.cancelCountdown(spaceId);
      return seconds.value === 0 ? api.goLive(spaceId) : api.goLive(spaceId, seconds.value);
    });
  return (
    <div class="go-live">
      <button
        type="button"
        class={`button button--big ${isCounting ? "button--ink" : isMain ? "button--primary" : ""}`}
        onClick={() => void press()}
      >
        {isCounting ? "Stop the countdown" : "Go live"}
      </button>
      <CountdownChoice
        value={seconds.value}
        disabled={isCounting}
        onChange={(chosen) => {
          seconds.value = chosen;
        }}
      />
    </div>
  );
}

interface CountdownChoiceProps {
  readonly value: number;
  readonly disabled: boolean;
  readonly onChange: (seconds: number) => void;
}

function CountdownChoice(props: CountdownChoiceProps) {
  const name = useId();
  return (
    <fieldset class="chips" disabled={props.disabled}>
      <legend class="for-screen-readers">When to go live</legend>
      {COUNTDOWNS.map((seconds) => (
        <label class="chips__chip" key={seconds}>
          <input
            type="radio"
            name={name}
            checked={props.value === seconds}
            onChange={() => props.onChange(seconds)}
          />
          <span>{seconds === 0 ? "Now" : `In ${seconds} s`}</span>
        </label>
      ))}
    </fieldset>
  );
}
