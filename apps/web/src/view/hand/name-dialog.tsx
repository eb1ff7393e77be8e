import { useSignal } from "@preact/signals";
import { LIMITS } from "@rostra/wire";
import { api } from "../../state/app.ts";
import { becomeGuest, checkName } from "../../state/open-space.ts";
import { Dialog } from "../dialog.tsx";
import { TextField } from "../field.tsx";

interface NameDialogProps {
  /** Called with what makes the visitor somebody of that name. */
  readonly onName: (become: () => Promise<void>) => Promise<void>;
  readonly onClose: () => void;
}

/** Asks a listener, once, by which name the host may call them. */
export function NameDialog(props: NameDialogProps) {
  const name = useSignal("");
  const error = useSignal<string | undefined>(undefined);
  const submit = () => {
    error.value = checkName(name.value).displayName;
    if (error.value === undefined) void props.onName(() => becomeGuest(api, name.value));
  };
  return (
    <Dialog title="Raise a hand" onClose={props.onClose}>
      <form
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <TextField
          label="Your name"
          value={name.value}
          maxLength={LIMITS.displayNameChars}
          autoComplete="name"
          hint="The hosts see it beside your hand. Nobody hears you before you are asked on stage."
          error={error.value}
          onInput={(value) => {
            name.value = value;
            error.value = undefined;
          }}
        />
        <button type="submit" class="button button--primary button--big">
          Raise your hand
        </button>
      </form>
    </Dialog>
  );
}
