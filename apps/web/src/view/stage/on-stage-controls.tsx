import { preferences } from "../../state/preferences.ts";
import { stagePowers } from "../../state/stage-powers.ts";
import { MicrophoneOffIcon } from "../icons.tsx";
import { HoldButton } from "./hold-button.tsx";
import { LockIcon, MicrophoneIcon, WhisperIcon } from "./stage-icons.tsx";
import type { Desk } from "./stage-view.tsx";

/** While on the line, in reach of the thumb: talk or mute, whisper, backstage. */
export function OnStageControls({ desk }: { desk: Desk }) {
  const { session } = desk;
  return (
    <>
      {session.uplinkState.value.stageAudioBlocked && (
        <button type="button" class="button" onClick={() => void session.playStage()}>
          Hear the others on stage
        </button>
      )}
      <VoiceButton desk={desk} />
      <ChannelButtons desk={desk} />
    </>
  );
}

/** Mute, or hold to talk; locked where a host has taken the right to it. */
function VoiceButton({ desk }: { desk: Desk }) {
  const { session, listening, me } = desk;
  const { muted } = session.uplinkState.value;
  const member = listening.space.value?.members.find(({ id }) => id === me);
  if (member?.micLocked === true) {
    return (
      // Not `disabled`: who has just pressed it keeps the focus, and hears what it says now.
      <button type="button" class="button button--big" aria-disabled="true">
        <LockIcon size={24} />
        Locked by the host
      </button>
    );
  }
  if (preferences.value.pushToTalk) return <PushToTalk desk={desk} />;
  return (
    <button
      type="button"
      class={`button button--big ${muted ? "button--ink" : ""}`}
      aria-keyshortcuts="M"
      onClick={() => void session.setMuted(!muted)}
    >
      {muted ? <MicrophoneOffIcon size={26} /> : <MicrophoneIcon size={26} />}
      {muted ? "Unmute" : "Mute"}
    </button>
  );
}

function PushToTalk({ desk }: { desk: Desk }) {
  const { voice } = desk.session;
  const isTalking = voice.isPressed.value;
  return (
    <HoldButton
      class={`button button--big ${isTalking ? "button--primary" : "button--ink"}`}
      isPressed={isTalking}
      keyShortcut="Space"
      onHold={(held) => voice.talk(held)}
    >
      {isTalking ? <MicrophoneIcon size={26} /> : <MicrophoneOffIcon size={26} />}
      {isTalking ? "Talking" : "Hold to talk"}
    </HoldButton>
  );
}

/** Off the program: a whisper for as long as it is held, backstage until one comes back. */
function ChannelButtons({ desk }: { desk: Desk }) {
  const { session, listening, me } = desk;
  const { voice } = session;
  const space = listening.space.value;
  const member = space?.members.find(({ id }) => id === me);
  if (space === null || member === undefined) return null;
  const { canWhisper } = stagePowers(space, me);
  const isWhispering = voice.phase.value !== "normal";
  const isAway = member.channel !== "air" && !isWhispering;
  return (
    <div class="console__row">
      {canWhisper && (
        <HoldButton
          class={`button ${isWhispering ? "button--ink" : ""}`}
          isPressed={isWhispering}
          keyShortcut="W"
          label={isWhispering ? "Whispering" : "Hold to whisper"}
          disabled={member.micLocked}
          onHold={(held) => voice.whisper(held)}
        >
          <WhisperIcon size={20} />
          Whisper
        </HoldButton>
      )}
      <button
        type="button"
        class={`button ${isAway ? "button--primary" : ""}`}
        aria-keyshortcuts="B"
        disabled={isWhispering}
        onClick={() => voice.goTo(isAway ? "air" : "backstage")}
      >
        {isAway ? "Come back" : space.state === "live" ? "Backstage" : "Stay off air"}
      </button>
    </div>
  );
}
