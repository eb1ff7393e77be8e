import { useSignal } from "@preact/signals";
import { LIMITS } from "@rostra/wire";
import { useId } from "preact/hooks";
import { api } from "../../state/app.ts";
import { failureWords } from "../../state/failure.ts";
import { Dialog } from "../dialog.tsx";
import type { Desk } from "./stage-view.tsx";

/** How long newcomers are shown a notice, s, with its words. */
const KEPT = [
  [60, "for a minute"],
  [600, "for ten minutes"],
  [3_600, "for an hour"],
  [86_400, "until it is cleared"],
] as const;

/** Hosts write a notice to everybody, or take it back. */
export function NoticeDialog({ desk, onClose }: { desk: Desk; onClose: () => void }) {
  const { spaceId, notice } = desk.listening;
  const text = useSignal("");
  const keepSeconds = useSignal<number>(600);
  const problem = useSignal("");
  const isBusy = useSignal(false);
  const attempt = async (action: () => Promise<void>) => {
    if (isBusy.value) return;
    isBusy.value = true;
    try {
      await action();
      onClose();
    } catch (error) {
      problem.value = failureWords(error);
    }
    isBusy.value = false;
  };
  const shown = notice.value;
  return (
    <Dialog title="Notice to everybody" onClose={onClose}>
      {shown !== null && (
        <div class="notice">
          <p class="notice__text">{shown.text}</p>
          <button
            type="button"
            class="button"
            onClick={() => void attempt(() => api.clearNotice(spaceId))}
          >
            Clear
          </button>
        </div>
      )}
      <form
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          const words = text.value.trim();
          if (words === "") problem.value = "Write something first.";
          else void attempt(() => api.writeNotice(spaceId, words, keepSeconds.value));
        }}
      >
        <NoticeText text={text} problem={problem.value} />
        <label class="field">
          <span class="field__label">Newcomers see it</span>
          <select
            class="input select"
            value={keepSeconds.value}
            onChange={(event) => {
              keepSeconds.value = Number(event.currentTarget.value);
            }}
          >
            {KEPT.map(([seconds, words]) => (
              <option key={seconds} value={seconds}>
                {words}
              </option>
            ))}
          </select>
        </label>
        <button
          type="submit"
          class="button button--primary button--big"
          aria-disabled={isBusy.value}
        >
          Tell everybody
        </button>
      </form>
    </Dialog>
  );
}

function NoticeText({ text, problem }: { text: { value: string }; problem: string }) {
  const id = useId();
  const left = LIMITS.noticeChars - [...text.value].length;
  return (
    <div class="field">
      <label class="field__label" for={id}>
        Your words
      </label>
      <textarea
        id={id}
        data-first=""
        class="input"
        rows={3}
        maxLength={LIMITS.noticeChars}
        value={text.value}
        aria-describedby={`${id}-left`}
        onInput={(event) => {
          text.value = event.currentTarget.value;
        }}
      />
      <p class="field__hint figures" id={`${id}-left`}>
        {left} characters left. It is read out to those who listen with a screen reader.
      </p>
      {problem !== "" && (
        <p class="field__error" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
