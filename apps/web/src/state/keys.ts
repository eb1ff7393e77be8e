/** What a key press asks the page to do. */
export type KeyAction = "play" | "mute" | "live";

export interface KeyPress {
  readonly key: string;
  readonly repeat: boolean;
  /** Ctrl, Alt or Meta is held: the press belongs to the browser. */
  readonly modified: boolean;
  /** The element that has the focus writes text or has its own use for the key. */
  readonly target: "text" | "control" | "page";
}

/** Space and K play or pause, M mutes, L jumps to live; never while writing, never against a focused control. */
export function keyAction(press: KeyPress): KeyAction | null {
  if (press.repeat || press.modified || press.target === "text") return null;
  const key = press.key.toLowerCase();
  if (key === "m") return "mute";
  if (key === "k") return "play";
  if (key === "l") return "live";
  // On a focused button or link, space presses that button.
  return key === " " && press.target === "page" ? "play" : null;
}

const WRITES = "input:not([type=range]), textarea, select, [contenteditable]";
const PRESSES = "a[href], button, summary, input, [role=slider]";

/** What kind of element has the focus. */
export function keyTarget(target: EventTarget | null): KeyPress["target"] {
  if (!(target instanceof Element)) return "page";
  if (target.closest(WRITES) !== null) return "text";
  return target.closest(PRESSES) === null ? "page" : "control";
}

/** Listens on the whole page. @returns what stops it */
export function onKeyAction(handle: (action: KeyAction) => boolean): () => void {
  const listener = (event: KeyboardEvent): void => {
    // While a dialog is open the page behind it takes no keys.
    if (document.querySelector("dialog[open]") !== null) return;
    const action = keyAction({
      key: event.key,
      repeat: event.repeat,
      modified: event.ctrlKey || event.altKey || event.metaKey,
      target: keyTarget(event.target),
    });
    if (action !== null && handle(action)) event.preventDefault();
  };
  document.addEventListener("keydown", listener);
  return () => document.removeEventListener("keydown", listener);
}
