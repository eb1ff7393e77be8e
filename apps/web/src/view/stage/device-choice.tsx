import { useId } from "preact/hooks";
import type { StageSession } from "../../state/stage-session.ts";

/** Which microphone; shown once one has been allowed, for only then have they names. */
export function DeviceChoice({ session }: { session: StageSession }) {
  const id = useId();
  const { devices, deviceId, status } = session.microphoneState.value;
  if (status === "closed" || status === "opening") return null;
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
