import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { api } from "../../state/app.ts";
import { Hand } from "../../state/hand.ts";
import { identity } from "../../state/identity.ts";
import type { Listening } from "../../state/listening.ts";
import { HandIcon } from "../icons.tsx";
import { NameDialog } from "./name-dialog.tsx";

interface HandButtonProps {
  readonly listening: Listening;
  /** The button was pressed already, before any of this was here. */
  readonly isPressed: boolean;
}

/** Asks to speak. The name is asked for once, of who has none yet. */
export function HandButton({ listening, isPressed }: HandButtonProps) {
  const button = useRef<HTMLButtonElement>(null);
  const hand = useMemo(() => new Hand(api, listening.spaceId, listening.hands), [listening]);
  useEffect(() => hand.start(), [hand]);
  const asksName = useSignal(isPressed);
  const { phase } = listening.room.value;
  const { kind, words } = hand.view;
  const isOpen = phase === "live" || phase === "backstage";
  // What had the focus before the dialog may be gone: the button that came in its place takes it.
  const takeFocus = () => button.current?.focus();
  const raise = async (become: () => Promise<void>) => {
    const isAsked = asksName.value;
    asksName.value = false;
    if (isAsked) requestAnimationFrame(takeFocus);
    await hand.raise(become);
  };
  const press = () => {
    if (kind === "up") void hand.lower();
    else if (identity.value === null) asksName.value = true;
    else void raise(async () => {});
  };
  return (
    <div class="hand">
      <button
        ref={button}
        type="button"
        class={`button hand__button ${kind === "up" ? "button--ink" : ""}`}
        disabled={!isOpen || kind === "closed"}
        aria-disabled={hand.isBusy}
        onClick={press}
      >
        <HandIcon size={22} />
        {kind === "up"
          ? "Lower your hand"
          : kind === "closed"
            ? "Hands are closed"
            : "Raise a hand"}
      </button>
      {/* Its line is kept free: a place in the queue that comes or changes moves nothing. */}
      <p class="hand__words small soft figures">{hand.problem === "" ? words : hand.problem}</p>
      {asksName.value && (
        <NameDialog
          onName={raise}
          onClose={() => {
            asksName.value = false;
            takeFocus();
          }}
        />
      )}
    </div>
  );
}
