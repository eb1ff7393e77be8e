import { useSignal, useSignalEffect } from "@preact/signals";
import type { SpaceId, StageRole } from "@rostra/wire";
import { useId } from "preact/hooks";
import { api } from "../../state/app.ts";
import { failureWords } from "../../state/failure.ts";
import { copy } from "../../state/share.ts";
import { Dialog } from "../dialog.tsx";

/** There is one host, who hands the space over on stage, not by a link. */
type InvitedRole = Exclude<StageRole, "host">;

const ROLES: readonly { role: InvitedRole; label: string; hint: string }[] = [
  { role: "speaker", label: "Speaker", hint: "Can be heard." },
  { role: "cohost", label: "Co-host", hint: "Also goes live, invites and mutes others." },
];

/** Makes a link that brings whoever has it on stage, in the role chosen. */
export function InviteDialog(props: { spaceId: SpaceId; onClose: () => void }) {
  const role = useSignal<InvitedRole>("speaker");
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
        status.value = "Whoever has this link can use it for the next 24 hours.";
      },
      (error: unknown) => {
        if (role.peek() === wanted) status.value = failureWords(error);
      },
    );
  });
  return (
    <Dialog title="Invite to the stage" onClose={props.onClose}>
      <RoleChoice value={role.value} onChange={(chosen) => (role.value = chosen)} />
      <LinkField url={url.value} onStatus={(words) => (status.value = words)} />
      <p class="small soft invite__status" role="status">
        {status.value}
      </p>
    </Dialog>
  );
}

function RoleChoice(props: { value: InvitedRole; onChange: (role: InvitedRole) => void }) {
  const name = useId();
  return (
    <fieldset class="choice">
      <legend class="field__label">As</legend>
      {ROLES.map(({ role, label, hint }) => (
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
