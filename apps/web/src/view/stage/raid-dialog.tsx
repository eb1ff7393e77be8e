import { useSignal } from "@preact/signals";
import type { Space } from "@rostra/client";
import type { SpaceId } from "@rostra/wire";
import { useEffect } from "preact/hooks";
import { api } from "../../state/app.ts";
import { failureWords } from "../../state/failure.ts";
import { listeningWords } from "../../state/words.ts";
import { Dialog } from "../dialog.tsx";

/** The host picks another live space, and the audience goes along. */
export function RaidDialog({ spaceId, onClose }: { spaceId: SpaceId; onClose: () => void }) {
  const spaces = useSignal<readonly Space[] | null>(null);
  const to = useSignal<SpaceId | "">("");
  const problem = useSignal("");
  const isBusy = useSignal(false);
  useEffect(() => {
    api.listSpaces().then(
      (all) => {
        spaces.value = all.filter(({ id, state }) => state === "live" && id !== spaceId);
        to.value = spaces.value[0]?.id ?? "";
      },
      (error) => {
        problem.value = failureWords(error);
      },
    );
  }, [spaceId]);
  const go = async () => {
    if (to.value === "" || isBusy.value) return;
    isBusy.value = true;
    try {
      await api.raid(spaceId, to.value);
      onClose();
    } catch (error) {
      problem.value = failureWords(error);
    }
    isBusy.value = false;
  };
  return (
    <Dialog title="Take the audience along" onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void go();
        }}
      >
        <p class="soft">
          All who listen move to the other space after ten seconds; each of them may stay. Its hosts
          are told, and may decline.
        </p>
        <Where spaces={spaces.value} to={to} />
        {problem.value !== "" && (
          <p class="field__error" role="alert">
            {problem.value}
          </p>
        )}
        <button
          type="submit"
          class="button button--primary button--big"
          aria-disabled={isBusy.value || to.value === ""}
        >
          Take everybody along
        </button>
      </form>
    </Dialog>
  );
}

function Where(props: { spaces: readonly Space[] | null; to: { value: SpaceId | "" } }) {
  const { spaces, to } = props;
  if (spaces === null) return <p class="soft">Looking for live spaces…</p>;
  if (spaces.length === 0) return <p>No other space is live now.</p>;
  return (
    <label class="field">
      <span class="field__label">Where to</span>
      <select
        class="input select"
        value={to.value}
        onChange={(event) => {
          to.value = event.currentTarget.value as SpaceId;
        }}
      >
        {spaces.map(({ id, title, listeners }) => (
          <option key={id} value={id}>
            {title} ({listeningWords(listeners.now)})
          </option>
        ))}
      </select>
    </label>
  );
}
