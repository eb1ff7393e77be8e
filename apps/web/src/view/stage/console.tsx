import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { announce } from "../../state/announcer.ts";
import { isToldAloud } from "../../state/countdown.ts";
import { hasDeadAir, ownWarning } from "../../state/guards.ts";
import { lineNotice } from "../../state/line.ts";
import { ownLineWords } from "../../state/quality.ts";
import { type StageLamp, stageLamp } from "../../state/stage-lamp.ts";
import { stagePowers } from "../../state/stage-powers.ts";
import { DeviceDialog } from "./device-dialog.tsx";
import { JoinControls } from "./join-controls.tsx";
import { LevelMeter } from "./level-meter.tsx";
import { OnStageControls } from "./on-stage-controls.tsx";
import { SpaceControls } from "./space-controls.tsx";
import { WarningIcon } from "./stage-icons.tsx";
import type { Desk } from "./stage-view.tsx";
import { Tally } from "./tally.tsx";
import { UndoBarView } from "./undo-bar-view.tsx";

interface ConsoleProps {
  readonly desk: Desk;
  readonly onKeys: () => void;
}

/** The desk of one person on stage: lamp, level, mute, and what their role may do. */
export function Console({ desk, onKeys }: ConsoleProps) {
  const { session, listening } = desk;
  const testsDevices = useSignal(false);
  const space = listening.space.value;
  const uplink = session.uplinkState.value;
  const isJoined = uplink.connection === "connected" || uplink.connection === "reconnecting";
  if (space === null) return null;
  const { status } = session.microphoneState.value;
  const hasMicrophone = status === "open" || status === "lost";
  const showDevices = () => {
    testsDevices.value = true;
  };
  return (
    <section class="console" aria-label="Your microphone">
      <OwnLamp desk={desk} />
      {hasMicrophone && !testsDevices.value && <LevelMeter microphone={session.microphone} />}
      <div class="console__talk" data-focus-stays>
        {isJoined ? (
          <OnStageControls desk={desk} />
        ) : (
          <JoinControls desk={desk} onTest={showDevices} />
        )}
        <UndoBarView bar={desk.moderation.bar} />
      </div>
      <ConsoleNotice desk={desk} />
      <SpaceControls desk={desk} />
      <div class="console__row console__row--quiet">
        <button type="button" class="button button--quiet" onClick={showDevices}>
          Microphone and sound
        </button>
        <button type="button" class="button button--quiet console__keys" onClick={onKeys}>
          Keys
        </button>
      </div>
      <OwnPath desk={desk} />
      {testsDevices.value && (
        <DeviceDialog
          session={session}
          onClose={() => {
            testsDevices.value = false;
          }}
        />
      )}
    </section>
  );
}

/** Drawn again with each second of a countdown; what is around it isn't. */
function OwnLamp({ desk }: { desk: Desk }) {
  const { session, listening, me } = desk;
  const space = listening.space.value;
  const secondsToAir = listening.secondsToAir.value;
  if (space === null) return null;
  const own = {
    uplink: session.uplinkState.value,
    held: session.voice.held.value,
    secondsToAir,
  };
  const lamp = stageLamp(space, listening.stage.value, own, me);
  return <Announced lamp={lamp} seconds={lamp.kind === "countdown" ? secondsToAir : null} />;
}

/** Says each change of the lamp; of a countdown's seconds only those that are counted aloud. */
function Announced({ lamp, seconds }: { lamp: StageLamp; seconds: number | null }) {
  const isTold = seconds === null || isToldAloud(seconds);
  useEffect(() => {
    if (isTold) announce(`${lamp.word}. ${lamp.meaning}`);
  }, [isTold, lamp.word, lamp.meaning]);
  return <Tally lamp={lamp} />;
}

/**
 * One thing to know or do, the most urgent first: what our microphone does to the room, a silent
 * program, what was asked in vain, the line. Its place is kept free, so that no button moves.
 */
function ConsoleNotice({ desk }: { desk: Desk }) {
  const { session, listening, me } = desk;
  const space = listening.space.value;
  const guards = session.guards.value;
  const runsStage = space !== null && stagePowers(space, me).canModerate;
  const deadAir = runsStage && hasDeadAir(guards) ? DEAD_AIR : null;
  const warning = ownWarning(guards, me) ?? deadAir;
  const own = session.news.value.quality.get(me);
  const line = lineNotice(session.uplinkState.value, session.microphoneState.value);
  const words =
    session.problem.value ?? (line === "" && own !== undefined ? ownLineWords(own) : line);
  return (
    <div class="console__notice">
      <div role="alert">
        {warning !== null && (
          <p class="warning">
            <WarningIcon size={22} />
            {warning}
          </p>
        )}
      </div>
      <p class="problem" role="status">
        {warning === null ? words : ""}
      </p>
    </div>
  );
}

const DEAD_AIR =
  "Dead air: nobody speaks, so the audience hears the holding sound. Speak, or ask somebody to.";

/** How the microphone reaches the stage, where there is something to say of it. */
function OwnPath({ desk }: { desk: Desk }) {
  const { news, uplinkState } = desk.session;
  const isOverWebSocket = news.value.path === "websocket";
  return (
    <p class="console__path small soft">
      {isOverWebSocket && "Your network blocks UDP: your sound goes over WebSocket. "}
      {uplinkState.value.redundant && "Two stages hear you."}
    </p>
  );
}
