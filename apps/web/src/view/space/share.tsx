import { useSignal } from "@preact/signals";
import type { Listening } from "../../state/listening.ts";
import { playerLinks, type ShareOutcome, share } from "../../state/share.ts";
import { ShareIcon } from "../icons.tsx";

/** What to say of what became of it; closing the system's sheet needs no words. */
const OUTCOMES: Readonly<Record<ShareOutcome, string>> = {
  shared: "Shared",
  copied: "Link copied",
  dismissed: "",
  failed: "Copy it from the address bar",
};

/** The link to pass on, and the ways to hear the space without this page. */
export function Share({ listening }: { listening: Listening }) {
  const outcome = useSignal<ShareOutcome | null>(null);
  const space = listening.space.value;
  if (space === null) return null;
  const onShare = async () => {
    outcome.value = await share(space.title, location.href);
  };
  return (
    <section class="share" aria-label="Share">
      <button type="button" class="button share__button" onClick={() => void onShare()}>
        <ShareIcon size={20} />
        Share this space
      </button>
      <p class="share__outcome small soft" role="status">
        {outcome.value === null ? "" : OUTCOMES[outcome.value]}
      </p>
      <details class="disclosure">
        <summary>Listen in any player</summary>
        <ul class="share__links">
          {playerLinks(space.id).map((link) => (
            <li key={link.path}>
              <a href={link.path}>{link.label}</a>
              <span class="small soft">{link.hint}</span>
            </li>
          ))}
        </ul>
      </details>
    </section>
  );
}
