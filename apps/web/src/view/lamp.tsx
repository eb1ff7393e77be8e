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

const WITH_DOT: ReadonlySet<Lamp["kind"]> = new Set([
  "live",
  "backstage",
  "countdown",
  "whisper",
  "waiting",
]);

/** The sign before the word; a slashed microphone where the state is that of one person. */
export function LampMark(props: { kind: Lamp["kind"] }) {
  if (props.kind === "muted") return <MicrophoneOffIcon />;
  return WITH_DOT.has(props.kind) ? <span class="lamp__dot" /> : null;
}
