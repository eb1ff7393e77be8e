import { useSignal } from "@preact/signals";
import { LIMITS } from "@rostra/wire";
import { useRef } from "preact/hooks";
import { api } from "../../state/app.ts";
import { failureWords } from "../../state/failure.ts";
import { identity } from "../../state/identity.ts";
import { navigate } from "../../state/navigation.ts";
import {
  checkForm,
  EMPTY_FORM,
  openSpace,
  type SpaceForm,
  type SpaceFormErrors,
} from "../../state/open-space.ts";
import { spacePath } from "../../state/route.ts";
import { focusFirstError, TextField } from "../field.tsx";
import { newNameHint } from "../new-name-hint.ts";

/** Title and name, and one button: the shortest way on stage. */
export function OpenSpaceForm() {
  const form = useSignal<SpaceForm>({ ...EMPTY_FORM, displayName: knownName() });
  const errors = useSignal<SpaceFormErrors>({});
  const problem = useSignal<string | null>(null);
  const isBusy = useSignal(false);
  const element = useRef<HTMLFormElement>(null);

  const set = (fields: Partial<SpaceForm>) => {
    form.value = { ...form.value, ...fields };
    // An error goes as soon as the field is touched; it comes back only with the button.
    const left = { ...errors.value };
    for (const name of Object.keys(fields)) delete left[name as keyof SpaceForm];
    errors.value = left;
  };

  // Our own checks instead of the browser's bubbles: those can't be styled, and vanish by themselves.
  const submit = async () => {
    if (isBusy.value) return;
    errors.value = checkForm(form.value, Date.now());
    if (Object.keys(errors.value).length > 0) {
      focusFirstError(element.current);
      return;
    }
    isBusy.value = true;
    problem.value = null;
    try {
      const space = await openSpace(api, form.value);
      // Stays busy: the page is about to go, and a second press would open a second space.
      navigate(spacePath(space.id));
    } catch (error) {
      problem.value = failureWords(error);
      isBusy.value = false;
    }
  };

  return (
    <section class="card home__open" aria-labelledby="open-heading">
      <h2 id="open-heading" tabIndex={-1}>
        Start your own
      </h2>
      <form
        ref={element}
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <FormFields form={form.value} errors={errors.value} set={set} />
        <button
          type="submit"
          class="button button--primary button--big"
          aria-disabled={isBusy.value}
        >
          Open a space
        </button>
        <p class="small soft home__note" role="status">
          {isBusy.value
            ? "Opening…"
            : (problem.value ?? "You start backstage: nobody hears you yet.")}
        </p>
      </form>
    </section>
  );
}

/** The two fields that count, and behind a fold those that most people never need. */
interface FieldsProps {
  readonly form: SpaceForm;
  readonly errors: SpaceFormErrors;
  readonly set: (fields: Partial<SpaceForm>) => void;
}

function FormFields({ form, errors, set }: FieldsProps) {
  return (
    <>
      <TextField
        label="Title"
        value={form.title}
        maxLength={LIMITS.titleChars}
        placeholder="What is it about?"
        error={errors.title}
        onInput={(title) => set({ title })}
      />
      <TextField
        label="Your name"
        value={form.displayName}
        maxLength={LIMITS.displayNameChars}
        autoComplete="name"
        hint={newNameHint(identity.value, form.displayName)}
        error={errors.displayName}
        onInput={(displayName) => set({ displayName })}
      />
      <details
        class="disclosure"
        open={errors.topics !== undefined || errors.startsAt !== undefined}
      >
        <summary>Topics and time</summary>
        <div class="stack">
          <TextField
            label="Topics (optional)"
            value={form.topics}
            isOptional
            hint={`Up to ${LIMITS.topics}, separated by commas.`}
            error={errors.topics}
            onInput={(topics) => set({ topics })}
          />
          <TextField
            label="Starts at (optional)"
            type="datetime-local"
            value={form.startsAt}
            isOptional
            hint="Leave it empty to open the space now."
            error={errors.startsAt}
            onInput={(startsAt) => set({ startsAt })}
          />
        </div>
      </details>
    </>
  );
}

/** Who comes back needn't say their name again. */
function knownName(): string {
  return identity.peek()?.user.displayName ?? "";
}
