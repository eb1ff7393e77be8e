import type { UserId } from "@rostra/wire";
import { useEffect } from "preact/hooks";
import { announce } from "../../state/announcer.ts";
import { onKeyAction } from "../../state/keys.ts";
import { lineNotice } from "../../state/line.ts";
import type { Listening } from "../../state/listening.ts";
import { stageLamp } from "../../state/stage-lamp.ts";
import type { StageSession } from "../../state/stage-session.ts";
import { DeviceChoice } from "./device-choice.tsx";
import { JoinControls } from "./join-controls.tsx";
import { LevelMeter } from "./level-meter.tsx";
import { OnStageControls } from "./on-stage-controls.tsx";
import { SpaceControls } from "./space-controls.tsx";
import { Tally } from "./tally.tsx";

export interface ConsoleProps {
  readonly session: StageSession;
  readonly listening: Listening;
  readonly me: UserId;
}

/** The desk of one person on stage: lamp, level, mute, and what their role may do. */
export function Console(props: ConsoleProps) {
  const { session, listening, me } = props;
  const space = listening.space.value;
  const uplink = session.uplinkState.value;
  const isJoined = uplink.connection === "connected" || uplink.connection === "reconnecting";
  useMuteKey(session);
  if (space === null) return null;
  const lamp = stageLamp(space, listening.stage.value, uplink, me);
  const { status } = session.microphoneState.value;
  const hasMicrophone = status === "open" || status === "lost";
  // What somebody just asked for in vain comes before what the line has to say.
  const problem = session.problem.value ?? lineNotice(uplink, session.microphoneState.value);
  return (
    <section class="console" aria-label="Your microphone">
      <Tally lamp={lamp} />
      {hasMicrophone && <LevelMeter microphone={session.microphone} />}
      {isJoined ? <OnStageControls {...props} /> : <JoinControls {...props} />}
      <p class="console__problem problem" role="status">
        {problem}
      </p>
      <SpaceControls {...props} />
      <DeviceChoice session={session} />
    </section>
  );
}

/** M mutes and unmutes, and says so: who presses a key may not be looking. */
function useMuteKey(session: StageSession): void {
  useEffect(
    () =>
      onKeyAction((action) => {
        const { connection, muted } = session.uplinkState.value;
        if (action !== "mute" || connection !== "connected") return false;
        announce(muted ? "Unmuting" : "Muted");
        void session.setMuted(!muted);
        return true;
      }),
    [session],
  );
}
