import type { Lamp } from "../state/room.ts";
import { MicrophoneOffIcon } from "./icons.tsx";

/** The state in a large plain word. Colour, form and word say the same thing. */
export function LampView(props: { lamp: Lamp; size: "small" | "large" }) {
  const { kind, word } = props.lamp;
  return (
    <span class={`lamp lamp--${kind} lamp--${props.size}`}>
      <LampMark kind={kind} />
      {word}
    </span>
  );
}

/** The sign before the word; a slashed microphone where the state is that of one person. */
export function LampMark(props: { kind: Lamp["kind"] }) {
  if (props.kind === "muted") return <MicrophoneOffIcon />;
  const hasDot = props.kind === "live" || props.kind === "backstage" || props.kind === "waiting";
  return hasDot ? <span class="lamp__dot" /> : null;
}
