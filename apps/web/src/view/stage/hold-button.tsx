import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface HoldButtonProps {
  readonly class: string;
  readonly isPressed: boolean;
  readonly keyShortcut: string;
  readonly disabled?: boolean;
  /** Says what the short word on it means; that word is part of it. */
  readonly label?: string;
  /** True while it is held; false is said exactly once after it. */
  readonly onHold: (held: boolean) => void;
  readonly children: ComponentChildren;
}

/**
 * A button that acts for as long as it is held: by finger, mouse, space or Enter. A finger that
 * slides off still holds; a button that is taken away, or loses the focus, lets go.
 */
export function HoldButton(props: HoldButtonProps) {
  const { onHold } = props;
  const isHeld = useRef(false);
  const set = (held: boolean) => {
    if (isHeld.current === held) return;
    isHeld.current = held;
    onHold(held);
  };
  const letGo = useRef(() => {});
  letGo.current = () => set(false);
  useEffect(() => () => letGo.current(), []);
  const isHoldKey = (event: KeyboardEvent) => event.key === " " || event.key === "Enter";
  return (
    <button
      type="button"
      class={`${props.class} hold`}
      aria-label={props.label}
      aria-pressed={props.isPressed}
      aria-keyshortcuts={props.keyShortcut}
      disabled={props.disabled}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        set(true);
      }}
      onPointerUp={() => set(false)}
      onPointerCancel={() => set(false)}
      onContextMenu={(event) => event.preventDefault()}
      onKeyDown={(event) => {
        if (!isHoldKey(event)) return;
        // Else it would also click, and scroll.
        event.preventDefault();
        if (!event.repeat) set(true);
      }}
      onKeyUp={(event) => {
        if (isHoldKey(event)) set(false);
      }}
      onBlur={() => set(false)}
    >
      {props.children}
    </button>
  );
}
