import { useSignal } from "@preact/signals";
import type { NoiseSuppression } from "@rostra/client";
import { useEffect, useId, useMemo } from "preact/hooks";
import { canChooseSpeaker, DeviceTest } from "../../state/device-test.ts";
import { preferences, setPreferences } from "../../state/preferences.ts";
import type { StageSession } from "../../state/stage-session.ts";
import { Dialog } from "../dialog.tsx";
import { BlocksDialog } from "../hand/blocks-dialog.tsx";
import { DeviceChoice } from "./device-choice.tsx";
import { EncoderHelp } from "./encoder-help.tsx";
import { LevelMeter } from "./level-meter.tsx";
import { Switch } from "./switch.tsx";

interface DeviceDialogProps {
  readonly session: StageSession;
  readonly onClose: () => void;
}

/** Microphone and loudspeaker, tried before anybody hears them; and how one likes to speak. */
export function DeviceDialog({ session, onClose }: DeviceDialogProps) {
  const test = useMemo(() => new DeviceTest(), []);
  const showsBlocks = useSignal(false);
  const { status } = session.microphoneState.value;
  useEffect(() => {
    // Asks the browser for the microphone, as the test is of nothing without one.
    if (session.microphoneState.peek().status === "closed") void session.tryMicrophone();
    return () => test.stop();
  }, [session, test]);
  useEffect(() => {
    if (status === "open") void test.refreshSpeakers();
  }, [status, test]);
  return (
    <Dialog title="Microphone and sound" onClose={onClose}>
      <MicrophoneTest session={session} test={test} />
      <NoiseChoice session={session} />
      <SpeakerTest test={test} />
      <p class="small soft">
        Headphones keep the room from coming back through your microphone. They are the best thing
        that you can do for your listeners.
      </p>
      <Switch
        label="Push to talk"
        hint="Your microphone is silent unless you hold the space key or the Talk button."
        isOn={preferences.value.pushToTalk}
        onChange={(pushToTalk) => setPreferences({ pushToTalk })}
      />
      <EncoderHelp spaceId={session.spaceId} />
      <button
        type="button"
        class="button button--quiet"
        onClick={() => {
          showsBlocks.value = true;
        }}
      >
        People you blocked
      </button>
      {showsBlocks.value && (
        <BlocksDialog
          onClose={() => {
            showsBlocks.value = false;
          }}
        />
      )}
    </Dialog>
  );
}

interface TestProps {
  readonly test: DeviceTest;
}

/** Which microphone, how loud it is, and how one sounds through it. */
function MicrophoneTest({ session, test }: TestProps & { session: StageSession }) {
  const { status, track } = session.microphoneState.value;
  const phase = test.phase.value;
  const problem = session.problem.value ?? test.problem.value;
  const isBusy = phase === "recording" || phase === "playing";
  const press = () => {
    if (isBusy) test.stop();
    else if (track !== null) void test.hearMyself(track, preferences.value.speakerId);
  };
  return (
    <section class="stack" aria-label="Microphone">
      <DeviceChoice session={session} />
      {status === "open" ? (
        <LevelMeter microphone={session.microphone} />
      ) : (
        <button type="button" class="button" onClick={() => void session.tryMicrophone()}>
          Allow the microphone
        </button>
      )}
      <button type="button" class="button" disabled={track === null} onClick={press}>
        {TEST_WORDS[phase]}
      </button>
      <p class="small soft device__words" role="status">
        {problem === "" ? TEST_HINTS[phase] : problem}
      </p>
    </section>
  );
}

const TEST_WORDS = {
  idle: "Record 3 seconds and hear yourself",
  tone: "Record 3 seconds and hear yourself",
  recording: "Recording… press to stop",
  playing: "Playing… press to stop",
} as const;

const TEST_HINTS = {
  idle: "Speak: the bar should reach the middle.",
  tone: "You should hear three notes.",
  recording: "Say something. Nobody else hears it.",
  playing: "This is how you sound.",
} as const;

const NOISE_WORDS: readonly (readonly [NoiseSuppression, string])[] = [
  ["platform", "The browser's own"],
  ["strong", "Strong, for loud places"],
  ["off", "Off"],
];

/** What takes the noise out; nothing does in a space for music. */
function NoiseChoice({ session }: { session: StageSession }) {
  const id = useId();
  const { mode, noiseError } = session.microphoneState.value;
  if (mode === "music") {
    return <p class="small soft">This space is for music: your sound goes out as it is.</p>;
  }
  return (
    <div class="microphone__choice">
      <label class="small soft" for={id}>
        Noise suppression
      </label>
      <select
        id={id}
        class="input select"
        value={preferences.value.noise}
        onChange={(event) => {
          const chosen = NOISE_WORDS[event.currentTarget.selectedIndex]?.[0];
          if (chosen !== undefined) setPreferences({ noise: chosen });
        }}
      >
        {NOISE_WORDS.map(([noise, words]) => (
          <option key={noise} value={noise}>
            {words}
          </option>
        ))}
      </select>
      {noiseError !== null && (
        <p class="small problem" role="status">
          The strong one doesn't run here: the browser's own does it.
        </p>
      )}
    </div>
  );
}

/** Whether the others will be heard, and where. */
function SpeakerTest({ test }: TestProps) {
  const id = useId();
  const speakers = test.speakers.value;
  const { speakerId } = preferences.value;
  return (
    <section class="stack" aria-label="Loudspeaker">
      {canChooseSpeaker && speakers.length > 0 && (
        <div class="microphone__choice">
          <label class="small soft" for={id}>
            Loudspeaker
          </label>
          <select
            id={id}
            class="input select"
            value={speakerId}
            onChange={(event) => setPreferences({ speakerId: event.currentTarget.value })}
          >
            <option value="">The system's choice</option>
            {speakers.map((speaker, index) => (
              <option key={speaker.id} value={speaker.id}>
                {speaker.label === "" ? `Loudspeaker ${index + 1}` : speaker.label}
              </option>
            ))}
          </select>
        </div>
      )}
      <button type="button" class="button" onClick={() => void test.playTone(speakerId)}>
        Play a test tone
      </button>
    </section>
  );
}
