import { useId } from "preact/hooks";

/** After the errors of a form are drawn: the first of them gets the focus. */
export function focusFirstError(form: HTMLElement | null): void {
  requestAnimationFrame(() => form?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
}

interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
  readonly type?: "text" | "datetime-local";
  readonly maxLength?: number;
  readonly placeholder?: string;
  readonly autoComplete?: string;
  readonly isOptional?: boolean;
  /** Of a dialog that is for this: it has the focus from the start. */
  readonly isFirst?: boolean;
}

/** A labelled line of text; hint and error are read out with it. */
export function TextField(props: TextFieldProps) {
  const id = useId();
  const { error, hint } = props;
  // Only what is on the page may be referred to.
  const notes = [hint !== undefined && `${id}-hint`, error !== undefined && `${id}-error`];
  const described = notes.filter((note) => note !== false).join(" ");
  return (
    <div class="field">
      <label class="field__label" for={id}>
        {props.label}
      </label>
      <input
        id={id}
        class="input"
        {...(props.type === "datetime-local" ? { type: "datetime-local" } : { type: "text" })}
        value={props.value}
        maxLength={props.maxLength}
        placeholder={props.placeholder}
        autocomplete={props.autoComplete ?? "off"}
        required={!props.isOptional}
        data-first={props.isFirst === true ? "" : undefined}
        aria-invalid={error !== undefined}
        aria-describedby={described === "" ? undefined : described}
        onInput={(event) => props.onInput(event.currentTarget.value)}
      />
      {hint !== undefined && (
        <p class="field__hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error !== undefined && (
        <p class="field__error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}
