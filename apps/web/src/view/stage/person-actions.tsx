import { useSignal } from "@preact/signals";
import { api } from "../../state/app.ts";
import type { PersonView } from "../../state/person.ts";
import type { StageSession } from "../../state/stage-session.ts";
import { ConfirmDialog } from "../dialog.tsx";
import { CloseIcon, MicrophoneOffIcon } from "../icons.tsx";

/** What a host or co-host may do about somebody else: switch off, take off. Never switch on. */
export function PersonActions(props: { person: PersonView; session: StageSession }) {
  const { person, session } = props;
  const isAsking = useSignal(false);
  // Only the host ends the host's part, by ending the space.
  if (person.isMe || person.role === "host") return null;
  const remove = () => api.removeFromStage(session.spaceId, person.id);
  return (
    <span class="person__actions">
      <button
        type="button"
        class="button button--quiet button--round"
        aria-label={`Turn off ${person.name}'s microphone`}
        // Already off; switching it on is theirs alone.
        disabled={person.muted}
        onClick={() => void session.attempt(() => api.setMuted(session.spaceId, person.id, true))}
      >
        <MicrophoneOffIcon size={20} />
      </button>
      <button
        type="button"
        class="button button--quiet button--round"
        aria-label={`Take ${person.name} off the stage`}
        onClick={() => (isAsking.value = true)}
      >
        <CloseIcon size={20} />
      </button>
      {isAsking.value && (
        <ConfirmDialog
          title={`Take ${person.name} off the stage?`}
          text="They become a listener. To come back they need a new invitation."
          action="Take off"
          onConfirm={() => {
            isAsking.value = false;
            void session.attempt(remove);
          }}
          onClose={() => (isAsking.value = false)}
        />
      )}
    </span>
  );
}
