import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { announce } from "../../state/announcer.ts";
import type { Listening } from "../../state/listening.ts";
import { CloseIcon } from "../icons.tsx";

/** The hosts' word to everybody: shown until it is cleared, or put away by who has read it. */
export function NoticeCard({ listening }: { listening: Listening }) {
  const away = useSignal(0);
  const notice = listening.notice.value;
  useEffect(() => {
    if (notice !== null) announce(`From the hosts: ${notice.text}`);
  }, [notice?.id]);
  if (notice === null || notice.id <= away.value) return null;
  return (
    <aside class="notice" aria-label="From the hosts">
      <p class="notice__text">{notice.text}</p>
      <button
        type="button"
        class="button button--quiet button--round"
        aria-label="Put the notice away"
        onClick={() => {
          away.value = notice.id;
        }}
      >
        <CloseIcon />
      </button>
    </aside>
  );
}
