import { useSignal } from "@preact/signals";
import { HANDS_CLOSED } from "../../state/hand-words.ts";
import { identity } from "../../state/identity.ts";
import type { Listening } from "../../state/listening.ts";
import { HandIcon } from "../icons.tsx";
import { lazy } from "../lazy.tsx";

const HandButton = lazy(() => import("../hand/hand-part.ts").then((m) => m.HandButton));

/**
 * Where one asks to speak. Who is nobody yet has no hand up: there is only a button, and what it
 * needs comes with the press.
 */
export function HandPlace({ listening }: { listening: Listening }) {
  const isPressed = useSignal(false);
  const press = () => {
    isPressed.value = true;
  };
  const button = <PlainButton listening={listening} onPress={press} />;
  return identity.value === null && !isPressed.value ? (
    button
  ) : (
    <HandButton listening={listening} isPressed={isPressed.value} placeholder={button} />
  );
}

function PlainButton({ listening, onPress }: { listening: Listening; onPress: () => void }) {
  const { phase } = listening.room.value;
  const { open } = listening.hands.value;
  const hasProgram = phase === "live" || phase === "backstage";
  return (
    <div class="hand">
      <button
        type="button"
        class="button hand__button"
        disabled={!hasProgram || !open}
        onClick={onPress}
      >
        <HandIcon size={22} />
        {open ? "Raise a hand" : "Hands are closed"}
      </button>
      <p class="hand__words small soft">{open ? "" : HANDS_CLOSED}</p>
    </div>
  );
}
