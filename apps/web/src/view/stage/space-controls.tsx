import { useSignal } from "@preact/signals";
import { api } from "../../state/app.ts";
import { stagePowers } from "../../state/stage-powers.ts";
import { ConfirmDialog } from "../dialog.tsx";
import { PersonPlusIcon } from "../icons.tsx";
import type { ConsoleProps } from "./console.tsx";
import { InviteDialog } from "./invite-dialog.tsx";

/** The dialog that is open. */
type Open = "invite" | "end" | "leave" | null;

/** What a role may do with the space: go live, invite, end, leave. */
export function SpaceControls({ session, listening, me }: ConsoleProps) {
  const open = useSignal<Open>(null);
  const space = listening.space.value;
  if (space === null) return null;
  const powers = stagePowers(space, me);
  const { connection } = session.uplinkState.value;
  // Whoever speaks through an encoder never joins here, and goes live all the same.
  const isOnLine = connection === "connected" || connection === "reconnecting";
  const show = (what: Open) => () => {
    open.value = what;
  };
  return (
    <div class="console__controls">
      {powers.canGoLive && (
        <button
          type="button"
          class={`button button--big ${isOnLine ? "button--primary" : ""}`}
          onClick={() => void session.attempt(() => api.goLive(space.id))}
        >
          Go live
        </button>
      )}
      <div class="console__row">
        {powers.canInvite && (
          <button type="button" class="button" onClick={show("invite")}>
            <PersonPlusIcon size={20} />
            Invite
          </button>
        )}
        {powers.canStepDown && (
          <button type="button" class="button" onClick={show("leave")}>
            Leave the stage
          </button>
        )}
        {powers.canEnd && (
          <button type="button" class="button" onClick={show("end")}>
            End
          </button>
        )}
      </div>
      {isOnLine && !powers.canStepDown && (
        <button type="button" class="button button--quiet" onClick={() => session.leave()}>
          Disconnect the microphone
        </button>
      )}
      <Dialogs
        open={open.value}
        close={show(null)}
        session={session}
        listening={listening}
        me={me}
      />
    </div>
  );
}

/** What can't be taken back is asked for; going live isn't, as every second counts then. */
function Dialogs(props: ConsoleProps & { open: Open; close: () => void }) {
  const { open, close, session, me } = props;
  // Closed first: the answer shows in the room, and a failure in the console's own line.
  const confirm = (action: () => Promise<unknown>) => () => {
    close();
    void action();
  };
  if (open === "invite") return <InviteDialog spaceId={session.spaceId} onClose={close} />;
  if (open === "leave") {
    return (
      <ConfirmDialog
        title="Leave the stage?"
        text="You become a listener. To come back you need a new invitation."
        action="Leave"
        onConfirm={confirm(() => session.stepDown(me))}
        onClose={close}
      />
    );
  }
  if (open !== "end") return null;
  return (
    <ConfirmDialog
      title="End this space?"
      text="The sound stops for everyone, for good. This can't be taken back."
      action="End for everyone"
      onConfirm={confirm(() => session.attempt(() => api.end(session.spaceId)))}
      onClose={close}
    />
  );
}
