import { useSignal } from "@preact/signals";
import type { UserId } from "@rostra/wire";
import { useEffect } from "preact/hooks";
import { api } from "../../state/app.ts";
import { refreshBlocks, unblockPerson } from "../../state/block-calls.ts";
import { failureWords } from "../../state/failure.ts";
import { myBlocks } from "../../state/my-blocks.ts";
import { Dialog } from "../dialog.tsx";

/** The people whom one keeps away from, and the way back for each. */
export function BlocksDialog(props: { onClose: () => void }) {
  const problem = useSignal("");
  const attempt = (action: () => Promise<void>) => {
    problem.value = "";
    action().catch((error: unknown) => {
      problem.value = failureWords(error);
    });
  };
  useEffect(() => attempt(() => refreshBlocks(api)), []);
  return (
    <Dialog title="People you blocked" onClose={props.onClose}>
      <p class="soft">Only you see this list. They are marked wherever you meet them.</p>
      <BlockedList
        people={[...myBlocks.value]}
        onUnblock={(id) => attempt(() => unblockPerson(api, id))}
      />
      <p class="problem" role="status">
        {problem.value}
      </p>
    </Dialog>
  );
}

interface BlockedListProps {
  readonly people: readonly (readonly [UserId, string])[];
  readonly onUnblock: (id: UserId) => void;
}

export function BlockedList({ people, onUnblock }: BlockedListProps) {
  if (people.length === 0) return <p>Nobody is blocked.</p>;
  return (
    <ul class="blocked">
      {people.map(([id, name]) => (
        <li key={id} class="blocked__row">
          <span>{name}</span>
          <button
            type="button"
            class="button"
            aria-label={`Unblock ${name}`}
            onClick={() => onUnblock(id)}
          >
            Unblock
          </button>
        </li>
      ))}
    </ul>
  );
}
