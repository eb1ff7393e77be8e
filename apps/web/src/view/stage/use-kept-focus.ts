import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** The button that moved a row: it has the focus again once the row stands in its new place. */
export interface MovedBy {
  readonly id: string;
  readonly places: number;
}

/**
 * Keeps the focus of a keyboard in a list whose rows move and go: a browser takes it away from an
 * element that it moves or removes, and the next press would begin at the top of the page.
 * @param order the rows as they stand
 * @param moved what was moved last; taken note of, then forgotten
 */
export function useKeptFocus(
  box: RefObject<HTMLElement | null>,
  order: string,
  moved: { current: MovedBy | null },
): void {
  const wasInside = useRef(false);
  useEffect(() => {
    const onFocus = (event: FocusEvent): void => {
      wasInside.current =
        event.target instanceof Node && box.current?.contains(event.target) === true;
    };
    document.addEventListener("focusin", onFocus);
    return () => document.removeEventListener("focusin", onFocus);
  }, [box]);
  useEffect(() => {
    const { current: by } = moved;
    moved.current = null;
    if (!wasInside.current || document.activeElement !== document.body) return;
    const buttons = by === null ? [] : moveButtons(box.current, by.id);
    const again = buttons.find((button) => button.dataset["places"] === String(by?.places));
    const next = again?.disabled === false ? again : buttons.find((button) => !button.disabled);
    // Of a row that is gone the list's heading is what is left.
    const target = next ?? box.current?.querySelector<HTMLElement>("h2");
    target?.focus({ preventScroll: true });
  }, [order]);
}

function moveButtons(box: HTMLElement | null, id: string): HTMLButtonElement[] {
  const row = box?.querySelector(`[data-hand="${CSS.escape(id)}"]`);
  return [...(row?.querySelectorAll<HTMLButtonElement>("button[data-places]") ?? [])];
}
