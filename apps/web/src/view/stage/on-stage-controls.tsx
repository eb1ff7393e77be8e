import { MicrophoneIcon, MicrophoneOffIcon } from "../icons.tsx";
import type { ConsoleProps } from "./console.tsx";

/** While on the line: mute, and the others' sound where the browser holds it back. */
export function OnStageControls({ session }: ConsoleProps) {
  const { muted, stageAudioBlocked } = session.uplinkState.value;
  return (
    <div class="console__controls">
      {stageAudioBlocked && (
        <button type="button" class="button" onClick={() => void session.playStage()}>
          Hear the others on stage
        </button>
      )}
      <button
        type="button"
        class={`button button--big ${muted ? "button--ink" : ""}`}
        aria-keyshortcuts="M"
        onClick={() => void session.setMuted(!muted)}
      >
        {muted ? <MicrophoneOffIcon size={26} /> : <MicrophoneIcon size={26} />}
        {muted ? "Unmute" : "Mute"}
      </button>
    </div>
  );
}
