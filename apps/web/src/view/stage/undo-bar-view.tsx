import type { UndoBar } from "../../state/undo-bar.ts";

/** What was just done, and the way back. Over what one speaks with: it moves nothing when it comes. */
export function UndoBarView({ bar }: { bar: UndoBar }) {
  const offer = bar.offer.value;
  return (
    <div class="undo" role="status" data-focus-returns>
      {offer !== null && (
        <div class="undo__bar" key={offer.number}>
          <span class="undo__words">{offer.words}</span>
          {offer.label !== null && (
            <button
              type="button"
              class="undo__button"
              aria-keyshortcuts="Z"
              onClick={() => bar.undo()}
            >
              {offer.label}
            </button>
          )}
        </div>
      )}
    </div>
  );
}
