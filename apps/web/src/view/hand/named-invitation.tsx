import { useSignal } from "@preact/signals";
import type { PendingInvitation } from "@rostra/wire";
import { useEffect } from "preact/hooks";
import { announce } from "../../state/announcer.ts";
import { api } from "../../state/app.ts";
import { arriving } from "../../state/arrival.ts";
import { failureWords } from "../../state/failure.ts";
import type { Listening } from "../../state/listening.ts";
import { joinsMuted } from "../../state/stage-powers.ts";
import { MicrophoneIcon } from "../stage/stage-icons.tsx";
import { loadStage } from "../stage-part.ts";

interface NamedInvitationProps {
  readonly listening: Listening;
  readonly invited: PendingInvitation;
}

/**
 * A listener who was asked on stage by name: yes or no, on the same page. It comes where the hand
 * was, and takes no focus away: somebody may be about to press something else.
 */
export function NamedInvitation({ listening, invited }: NamedInvitationProps) {
  const problem = useSignal("");
  const isBusy = useSignal(false);
  const what = invited.asHost
    ? "You are asked to host this space"
    : `You are invited on stage${invited.role === "cohost" ? " as a co-host" : ""}`;
  useEffect(() => {
    announce(`${what}. Accept or decline beside the player.`);
    // Asked on stage, they are there within a second: its part of the page is here by then.
    loadStage().catch(() => {});
  }, [what]);
  const answer = async (call: () => Promise<unknown>) => {
    if (isBusy.value) return;
    isBusy.value = true;
    problem.value = "";
    try {
      await call();
      // The room says what follows: the stage, or the listener's page without the invitation.
    } catch (error) {
      arriving.value = null;
      problem.value = failureWords(error);
    } finally {
      isBusy.value = false;
    }
  };
  const accept = () => {
    // Before the server answers: the room's event may be here first.
    arriving.value = listening.spaceId;
    return api.acceptInvitation(listening.spaceId);
  };
  const space = listening.space.value;
  const comesMuted = space === null || joinsMuted(space, api.identity.value!.user.id);
  return (
    <div
      class="asked"
      role="alertdialog"
      aria-labelledby="asked-title"
      aria-describedby="asked-how"
    >
      <p class="asked__title" id="asked-title">
        {what}
      </p>
      <p class="small" id="asked-how">
        {problem.value !== ""
          ? problem.value
          : `Accept opens your microphone. ${comesMuted ? "You come in muted." : "The stage hears you at once."}`}
      </p>
      <div class="asked__buttons">
        <button
          type="button"
          class="button"
          aria-disabled={isBusy.value}
          onClick={() => void answer(() => api.declineInvitation(listening.spaceId))}
        >
          Decline
        </button>
        <button
          type="button"
          class="button button--primary"
          aria-disabled={isBusy.value}
          onClick={() => void answer(accept)}
        >
          <MicrophoneIcon size={20} />
          Accept
        </button>
      </div>
    </div>
  );
}
