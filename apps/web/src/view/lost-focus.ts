/** After whatever else moves the focus: effects run after a frame, 35 ms where none is drawn. */
const SETTLE_MS = 80;

/** Inside this a press brings another button to the same place: that one takes the focus. */
const SUCCEEDS = "[data-focus-stays]";
/** What comes and goes by itself: from there the focus goes back to where it was before. */
const PASSES = "[data-focus-returns]";
const HEADINGS = "h1, h2";

interface Focused {
  readonly element: Element;
  /** From the inside out, as they were: a removed element has none. */
  readonly around: readonly Element[];
  /** Whether a ring showed it: somebody uses keys. */
  readonly isShown: boolean;
}

let isOn = false;
let last: Focused | null = null;
let before: Element | null = null;

/**
 * Keeps the place of who uses keys or a screen reader on a page where buttons go with what they did: a
 * browser gives the focus of a removed element to nobody, and reading would begin at the top again.
 * Once for the page; loaded with the parts of it in which that happens.
 */
export function keepFocus(): void {
  if (isOn) return;
  isOn = true;
  let timer: ReturnType<typeof setTimeout> | undefined;
  document.addEventListener("focusin", ({ target }) => {
    if (!(target instanceof Element)) return;
    if (last !== null && last.element.closest(PASSES) === null) before = last.element;
    last = { element: target, around: around(target), isShown: target.matches(":focus-visible") };
  });
  // Who presses Enter on a button uses keys, however the focus came there.
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Enter" && last !== null && last.element === document.activeElement) {
      last = { ...last, isShown: true };
    }
  });
  const look = (): void => {
    if (last === null || last.element.isConnected || document.activeElement !== document.body)
      return;
    clearTimeout(timer);
    timer = setTimeout(() => findAgain(), SETTLE_MS);
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
}

function around(element: Element): Element[] {
  const found: Element[] = [];
  for (let at = element.parentElement; at !== null; at = at.parentElement) found.push(at);
  return found;
}

function findAgain(): void {
  if (last === null || last.element.isConnected || document.activeElement !== document.body) return;
  const { around, isShown } = last;
  if (around.some((element) => element.matches(PASSES)) && before?.isConnected === true) {
    focusOn(before);
    return;
  }
  for (const element of around) {
    if (!element.isConnected) continue;
    const successor = element.matches(SUCCEEDS) ? element.querySelector("button:enabled") : null;
    // To whom no ring shows where the focus is, a button in it would take the space key unawares.
    const next = isShown ? successor : null;
    const found = next ?? element.querySelector(HEADINGS);
    if (found === null) continue;
    if (found !== next && !found.hasAttribute("tabindex")) found.setAttribute("tabindex", "-1");
    focusOn(found);
    return;
  }
}

function focusOn(element: Element): void {
  if (element instanceof HTMLElement) element.focus({ preventScroll: true });
}
