import { joinsMuted } from "../../state/stage-powers.ts";
import { MicrophoneIcon } from "./stage-icons.tsx";
import type { Desk } from "./stage-view.tsx";

/** Before the line stands: one press joins, another only tries microphone and loudspeaker. */
export function JoinControls({ desk, onTest }: { desk: Desk; onTest: () => void }) {
  const { session, listening, me } = desk;
  const space = listening.space.value;
  const { status } = session.microphoneState.value;
  const isJoining = session.uplinkState.value.connection === "connecting";
  const isAsking = status === "opening";
  if (space === null) return null;
  const comesMuted = joinsMuted(space, me);
  return (
    <>
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
      <button type="button" class="button" onClick={onTest}>
        Test microphone and sound first
      </button>
    </>
  );
}

/** What pressing the button does, or what is being waited for. */
function joinHint(isAsking: boolean, isJoining: boolean, comesMuted: boolean): string {
  if (isAsking) return "Allow the microphone if the browser asks.";
  if (isJoining) return "It is tried until it works.";
  return comesMuted ? "You come in muted." : "You can speak with the stage at once.";
}
