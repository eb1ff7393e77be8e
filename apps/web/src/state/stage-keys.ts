import { type KeyPress, keyTarget } from "./keys.ts";

/** What a key asks the stage's page to do. `talk` and `whisper` last as long as the key is held. */
export type StageKeyAction =
  | "mute"
  | "talk"
  | "whisper"
  | "backstage"
  | "mute-all"
  | "hands"
  | "undo"
  | "help";

export interface StageKeyHelp {
  readonly keys: string;
  readonly does: string;
  /** Only for those who run the stage. */
  readonly forHosts: boolean;
}

/** The help sheet: every key there is. */
export const STAGE_KEYS: readonly StageKeyHelp[] = [
  { keys: "M", does: "Mute and unmute yourself", forHosts: false },
  { keys: "Space", does: "Hold to talk, with push-to-talk on", forHosts: false },
  { keys: "B", does: "Go backstage, and come back", forHosts: false },
  { keys: "W", does: "Hold to whisper to the hosts", forHosts: true },
  { keys: "Shift M", does: "Mute everybody else", forHosts: true },
  { keys: "H", does: "Open or close the hands", forHosts: true },
  { keys: "Z", does: "Undo what was just done", forHosts: true },
  { keys: "?", does: "Show these keys", forHosts: false },
];

const BY_KEY: Readonly<Record<string, StageKeyAction>> = {
  m: "mute",
  w: "whisper",
  b: "backstage",
  h: "hands",
  z: "undo",
  "?": "help",
};

/** @returns what the press asks for; null where the key belongs to the browser, a field or a button */
export function stageKey(press: KeyPress & { readonly shift: boolean }): StageKeyAction | null {
  if (press.repeat || press.modified || press.target === "text") return null;
  // On a focused button or link, space presses that button.
  if (press.key === " ") return press.target === "page" ? "talk" : null;
  const key = press.key.toLowerCase();
  if (key === "m" && press.shift) return "mute-all";
  return Object.hasOwn(BY_KEY, key) ? BY_KEY[key]! : null;
}

const HELD_KEYS: Readonly<Record<string, "talk" | "whisper">> = { " ": "talk", w: "whisper" };

export interface StageKeyHandlers {
  /** @returns whether the press was of use */
  press(action: StageKeyAction): boolean;
  release(action: "talk" | "whisper"): void;
}

/**
 * Whoever clicks a button and then holds space to talk means to talk: the button has the focus, and
 * nothing shows it. Only where the focus shows, space is the button's.
 */
function targetOf(target: EventTarget | null): KeyPress["target"] {
  const kind = keyTarget(target);
  const isShown = target instanceof Element && target.matches(":focus-visible");
  return kind === "control" && !isShown ? "page" : kind;
}

/**
 * Listens on the whole page. A page that loses the focus has let go of every key: the release would
 * go to another window. @returns what stops it
 */
export function onStageKeys(handlers: StageKeyHandlers): () => void {
  const down = (event: KeyboardEvent): void => {
    // While a dialog is open the page behind it takes no keys.
    if (document.querySelector("dialog[open]") !== null) return;
    const action = stageKey({
      key: event.key,
      repeat: event.repeat,
      modified: event.ctrlKey || event.altKey || event.metaKey,
      shift: event.shiftKey,
      target: targetOf(event.target),
    });
    if (action !== null && handlers.press(action)) event.preventDefault();
    // A held space would scroll the page with each repeat.
    else if (event.repeat && event.key === " " && keyTarget(event.target) === "page") {
      event.preventDefault();
    }
  };
  const up = (event: KeyboardEvent): void => {
    const action = HELD_KEYS[event.key.toLowerCase()];
    if (action !== undefined) handlers.release(action);
  };
  const letGo = (): void => {
    handlers.release("talk");
    handlers.release("whisper");
  };
  document.addEventListener("keydown", down);
  document.addEventListener("keyup", up);
  addEventListener("blur", letGo);
  return () => {
    document.removeEventListener("keydown", down);
    document.removeEventListener("keyup", up);
    removeEventListener("blur", letGo);
    letGo();
  };
}
