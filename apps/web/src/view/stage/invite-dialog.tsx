import { useSignal, useSignalEffect } from "@preact/signals";
import type { SpaceId, StageRole } from "@rostra/wire";
import { useId } from "preact/hooks";
import { api } from "../../state/app.ts";
import { failureWords } from "../../state/failure.ts";
import { copy } from "../../state/share.ts";
import { Dialog } from "../dialog.tsx";

const ROLES: readonly { role: StageRole; label: string; hint: string }[] = [
  { role: "speaker", label: "Speaker", hint: "Can be heard." },
  { role: "cohost", label: "Co-host", hint: "Also goes live, invites and mutes others." },
  { role: "host", label: "Host", hint: "Takes the space over from you. You become a co-host." },
];

/** Makes a link that brings whoever has it on stage, in the role chosen. */
export function InviteDialog(props: { spaceId: SpaceId; isHost: boolean; onClose: () => void }) {
  const role = useSignal<StageRole>("speaker");
  const url = useSignal("");
  const status = useSignal("");
  // A link stands ready as soon as the dialog does: one press fewer. It costs the server nothing,
  // as an invitation is only a signature.
  useSignalEffect(() => {
    const wanted = role.value;
    url.value = "";
    status.value = "Making a link…";
    api.invite(props.spaceId, wanted).then(
      (invitation) => {
        // Only the newest choice counts: answers may come in another order.
        if (role.peek() !== wanted) return;
        url.value = invitation.url;
        status.value =
          wanted === "host"
            ? "The first who uses this link is the host. It works for 24 hours."
            : "Whoever has this link can use it for the next 24 hours.";
      },
      (error: unknown) => {
        if (role.peek() === wanted) status.value = failureWords(error);
      },
    );
  });
  return (
    <Dialog title="Invite to the stage" onClose={props.onClose}>
      <RoleChoice
        value={role.value}
        isHost={props.isHost}
        onChange={(chosen) => (role.value = chosen)}
      />
      <LinkField url={url.value} onStatus={(words) => (status.value = words)} />
      <p class="small soft invite__status" role="status">
        {status.value}
      </p>
    </Dialog>
  );
}

interface RoleChoiceProps {
  readonly value: StageRole;
  /** Only the host can hand the space over. */
  readonly isHost: boolean;
  readonly onChange: (role: StageRole) => void;
}

function RoleChoice(props: RoleChoiceProps) {
  const name = useId();
  const roles = ROLES.filter(({ role }) => role !== "host" || props.isHost);
  return (
    <fieldset class="choice">
      <legend class="field__label">As</legend>
      {roles.map(({ role, label, hint }) => (
        <label class="choice__item" key={role}>
          <input
            type="radio"
            name={name}
            checked={props.value === role}
            onChange={() => props.onChange(role)}
          />
          <span>
            <span class="choice__label">{label}</span>
            <span class="small soft">{hint}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** A field rather than bare text: it can be selected and copied by hand where the browser won't. */
function LinkField(props: { url: string; onStatus: (words: string) => void }) {
  const id = useId();
  const onCopy = async () => {
    const outcome = await copy(props.url);
    props.onStatus(outcome === "copied" ? "Link copied." : "Select the link and copy it by hand.");
  };
  return (
    <div>
      <label class="field__label" for={id}>
        Invitation link
      </label>
      <div class="invite__link">
        <input
          id={id}
          class="input"
          readOnly
          value={props.url}
          onFocus={(event) => event.currentTarget.select()}
        />
        <button
          type="button"
          class="button button--primary"
          disabled={props.url === ""}
          onClick={() => void onCopy()}
        >
          Copy link
        </button>
      </div>
    </div>
  );
}
