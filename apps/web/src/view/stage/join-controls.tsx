import { api } from "../../state/app.ts";
import { joinsMuted } from "../../state/stage-powers.ts";
import { MicrophoneOffIcon } from "../icons.tsx";
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
  const isElsewhere = !isJoining && listening.stage.value.connected.includes(me);
  return (
    <>
      {isElsewhere && <MuteElsewhere desk={desk} />}
      <button
        type="button"
        class={`button button--big ${isElsewhere ? "" : "button--primary"}`}
        // Not `disabled`: that would take the focus away. Pressed twice, it is one way in.
        aria-disabled={isJoining || isAsking}
        onClick={() => void session.join(comesMuted)}
      >
        <MicrophoneIcon size={26} />
        {isElsewhere ? "Speak here instead" : "Join the stage"}
      </button>
      <p class="small soft console__hint">
        {isElsewhere
          ? "You speak through another page or program."
          : joinHint(isAsking, isJoining, comesMuted)}
      </p>
      <button type="button" class="button" onClick={onTest}>
        Test microphone and sound first
      </button>
    </>
  );
}

/** Whoever speaks through an encoder has no mute but this one. */
function MuteElsewhere({ desk }: { desk: Desk }) {
  const { session, listening, me } = desk;
  const member = listening.space.value?.members.find(({ id }) => id === me);
  if (member === undefined || member.micLocked) return null;
  const { muted } = member;
  return (
    <button
      type="button"
      class={`button button--big ${muted ? "button--ink" : ""}`}
      onClick={() => void session.attempt(() => api.setMuted(session.spaceId, me, !muted))}
    >
      {muted ? <MicrophoneOffIcon size={26} /> : <MicrophoneIcon size={26} />}
      {muted ? "Unmute" : "Mute"}
    </button>
  );
}

/** What pressing the button does, or what is being waited for. */
function joinHint(isAsking: boolean, isJoining: boolean, comesMuted: boolean): string {
  if (isAsking) return "Allow the microphone if the browser asks.";
  if (isJoining) return "It is tried until it works.";
  return comesMuted ? "You come in muted." : "You can speak with the stage at once.";
}
