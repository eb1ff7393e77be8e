import { useSignal } from "@preact/signals";
import { LIMITS } from "@rostra/wire";
import { useRef } from "preact/hooks";
import { api } from "../../state/app.ts";
import { becomeGuest, checkName } from "../../state/open-space.ts";
import { Dialog } from "../dialog.tsx";
import { focusFirstError, TextField } from "../field.tsx";

interface NameDialogProps {
  /** Called with what makes the visitor somebody of that name. */
  readonly onName: (become: () => Promise<void>) => Promise<void>;
  readonly onClose: () => void;
}

/** Asks a listener, once, by which name the host may call them. */
export function NameDialog(props: NameDialogProps) {
  const name = useSignal("");
  const error = useSignal<string | undefined>(undefined);
  const form = useRef<HTMLFormElement>(null);
  const submit = () => {
    error.value = checkName(name.value).displayName;
    if (error.value === undefined) void props.onName(() => becomeGuest(api, name.value));
    else focusFirstError(form.current);
  };
  return (
    <Dialog title="Raise a hand" onClose={props.onClose}>
      <form
        ref={form}
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <TextField
          label="Your name"
          isFirst
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
