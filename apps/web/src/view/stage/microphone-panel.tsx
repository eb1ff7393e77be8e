import { useId } from "preact/hooks";
import type { StageSession } from "../../state/stage-session.ts";
import { LevelMeter } from "./level-meter.tsx";

/** Which microphone, and how loud it is. Its place is kept while none is open. */
export function MicrophonePanel({ session }: { session: StageSession }) {
  const { status } = session.microphoneState.value;
  if (status === "closed" || status === "opening") return null;
  return (
    <div class="microphone">
      <LevelMeter microphone={session.microphone} />
      <DeviceChoice session={session} />
    </div>
  );
}

function DeviceChoice({ session }: { session: StageSession }) {
  const id = useId();
  const { devices, deviceId } = session.microphoneState.value;
  return (
    <div class="microphone__choice">
      <label class="small soft" for={id}>
        Microphone
      </label>
      <select
        id={id}
        class="input select"
        value={deviceId ?? ""}
        onChange={(event) => void session.tryMicrophone(event.currentTarget.value)}
      >
        {devices.map((device, index) => (
          <option key={device.id} value={device.id}>
            {device.label === "" ? `Microphone ${index + 1}` : device.label}
          </option>
        ))}
      </select>
    </div>
  );
}
