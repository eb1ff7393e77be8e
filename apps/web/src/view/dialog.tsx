import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { CloseIcon } from "./icons.tsx";

interface DialogProps {
  readonly title: string;
  /** Called for Escape, the backdrop and the close button alike. */
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** A modal dialog: the browser keeps the focus inside and gives it back afterwards. */
export function Dialog(props: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  // While it is still on the page: one that is gone already can't give the focus back.
  useLayoutEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    // A browser would begin with the close button.
    const first = dialog?.querySelector<HTMLElement>("[data-first]") ?? dialog?.querySelector("h2");
    first?.focus({ preventScroll: true });
    return () => dialog?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape does the same, and comes as `cancel`.
    <dialog
      ref={element}
      class="dialog"
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        props.onClose();
      }}
      onClick={(event) => {
        // The box has no padding of its own: a click on the element itself is on the backdrop.
        if (event.target === element.current) props.onClose();
      }}
    >
      <div class="dialog__box">
        <div class="dialog__head">
          <h2 id={titleId} tabIndex={-1}>
            {props.title}
          </h2>
          <button
            type="button"
            class="button button--quiet button--round"
            aria-label="Close"
            onClick={props.onClose}
          >
            <CloseIcon />
          </button>
        </div>
        {props.children}
      </div>
    </dialog>
  );
}

interface ConfirmProps {
  readonly title: string;
  readonly text: string;
  /** What the button does, as a verb. */
  readonly action: string;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Asks before what can't be taken back. */
export function ConfirmDialog(props: ConfirmProps) {
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <p class="soft">{props.text}</p>
      <div class="dialog__actions">
        <button type="button" class="button" onClick={props.onClose}>
          Cancel
        </button>
        <button type="button" class="button button--primary" onClick={props.onConfirm}>
          {props.action}
        </button>
      </div>
    </Dialog>
  );
}
