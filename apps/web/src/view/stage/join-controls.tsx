import { joinsMuted } from "../../state/stage-powers.ts";
import { MicrophoneIcon } from "../icons.tsx";
import type { ConsoleProps } from "./console.tsx";

/** Before the line stands: one press joins, another only tries the microphone. */
export function JoinControls({ session, listening, me }: ConsoleProps) {
  const space = listening.space.value;
  const { status } = session.microphoneState.value;
  const isJoining = session.uplinkState.value.connection === "connecting";
  const isAsking = status === "opening";
  if (space === null) return null;
  const comesMuted = joinsMuted(space, me);
  return (
    <div class="console__controls">
      <button
        type="button"
        class="button button--primary button--big"
        disabled={isJoining || isAsking}
        onClick={() => void session.join(comesMuted)}
      >
        <MicrophoneIcon size={26} />
        Join the stage
      </button>
      <p class="small soft console__hint">{joinHint(isAsking, isJoining, comesMuted)}</p>
      {status === "closed" && (
        <button
          type="button"
          class="button button--quiet"
          onClick={() => void session.tryMicrophone()}
        >
          Check the microphone first
        </button>
      )}
    </div>
  );
}

/** What pressing the button does, or what is being waited for. */
function joinHint(isAsking: boolean, isJoining: boolean, comesMuted: boolean): string {
  if (isAsking) return "Allow the microphone if the browser asks.";
  if (isJoining) return "It is tried until it works.";
  return comesMuted ? "You come in muted." : "You can speak with the stage at once.";
}
