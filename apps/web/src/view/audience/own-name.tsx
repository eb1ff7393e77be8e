import { useSignal } from "@preact/signals";
import { LIMITS } from "@rostra/wire";
import { api } from "../../state/app.ts";
import type { ShowingName } from "../../state/audience/showing-name.ts";
import { failureWords } from "../../state/failure.ts";
import { identity } from "../../state/identity.ts";
import { becomeGuest, checkName } from "../../state/open-space.ts";
import { TextField } from "../field.tsx";

/** Off, unless the listener says yes; who has no name yet is asked for one first. */
export function OwnName({ name }: { name: ShowingName }) {
  const asks = useSignal(false);
  const toggle = (shown: boolean) => {
    if (shown && identity.value === null) asks.value = true;
    else name.set(shown);
  };
  return (
    <div class="own-name">
      <label class="own-name__switch">
        <input
          type="checkbox"
          checked={name.shown.value === true || asks.value}
          onChange={(event) => {
            if (!event.currentTarget.checked) asks.value = false;
            toggle(event.currentTarget.checked);
          }}
        />
        Show my name in this space
      </label>
      {asks.value && (
        <NameForm
          onDone={() => {
            asks.value = false;
            name.set(true);
          }}
        />
      )}
    </div>
  );
}

function NameForm({ onDone }: { onDone: () => void }) {
  const text = useSignal("");
  const error = useSignal<string | undefined>(undefined);
  const submit = async () => {
    error.value = checkName(text.value).displayName;
    if (error.value !== undefined) return;
    try {
      await becomeGuest(api, text.value);
      onDone();
    } catch (failure) {
      error.value = failureWords(failure);
    }
  };
  return (
    <form
      class="stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <TextField
        label="Your name"
        value={text.value}
        maxLength={LIMITS.displayNameChars}
        autoComplete="name"
        hint="Anybody who looks at the people list may see it, while you listen."
        error={error.value}
        onInput={(value) => {
          text.value = value;
          error.value = undefined;
        }}
      />
      <button type="submit" class="button button--primary">
        Show my name
      </button>
    </form>
  );
}
