import { useSignal } from "@preact/signals";
import { api } from "../../state/app.ts";
import { stagePowers } from "../../state/stage-powers.ts";
import { ConfirmDialog } from "../dialog.tsx";
import { GoLive } from "./go-live.tsx";
import { InviteDialog } from "./invite-dialog.tsx";
import { NoticeDialog } from "./notice-dialog.tsx";
import { RaidDialog } from "./raid-dialog.tsx";
import { SettingsDialog } from "./settings-dialog.tsx";
import { PersonPlusIcon } from "./stage-icons.tsx";
import type { Desk } from "./stage-view.tsx";

/** The dialog that is open. */
type Open = "invite" | "settings" | "notice" | "raid" | "end" | "leave" | null;

/** What a role may do with the space: go live, invite, set it up, end, leave. */
export function SpaceControls({ desk }: { desk: Desk }) {
  const { session, listening, me } = desk;
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
      {powers.canGoLive && <GoLive desk={desk} isMain={isOnLine} />}
      <div class="console__row">
        {powers.canInvite && (
          <button type="button" class="button" onClick={show("invite")}>
            <PersonPlusIcon size={20} />
            Invite
          </button>
        )}
        {powers.canModerate && (
          <button type="button" class="button" onClick={show("settings")}>
            Settings
          </button>
        )}
        {powers.canModerate && (
          <button type="button" class="button" onClick={show("notice")}>
            Notice
          </button>
        )}
        {powers.canRaid && (
          <button type="button" class="button" onClick={show("raid")}>
            Raid
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
      <Dialogs desk={desk} isHost={powers.canHandOver} open={open.value} close={show(null)} />
    </div>
  );
}

/** What can't be taken back is asked for. */
function Dialogs(props: { desk: Desk; isHost: boolean; open: Open; close: () => void }) {
  const { open, close, desk } = props;
  const { session, me } = desk;
  // Closed first: the answer shows in the room, and a failure in the console's own line.
  const confirm = (action: () => Promise<unknown>) => () => {
    close();
    void action();
  };
  switch (open) {
    case null:
      return null;
    case "invite":
      return <InviteDialog spaceId={session.spaceId} isHost={props.isHost} onClose={close} />;
    case "settings":
      return <SettingsDialog desk={desk} onClose={close} />;
    case "notice":
      return <NoticeDialog desk={desk} onClose={close} />;
    case "raid":
      return <RaidDialog spaceId={session.spaceId} onClose={close} />;
    case "leave":
      return (
        <ConfirmDialog
          title="Leave the stage?"
          text="You go on listening. To come back, raise a hand or ask for a new invitation."
          action="Leave"
          onConfirm={confirm(() => session.stepDown(me))}
          onClose={close}
        />
      );
    case "end":
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
}
