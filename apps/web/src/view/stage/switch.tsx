import { useId } from "preact/hooks";

interface SwitchProps {
  readonly label: string;
  readonly hint?: string;
  readonly isOn: boolean;
  readonly disabled?: boolean;
  readonly onChange: (isOn: boolean) => void;
}

/** One thing that is on or off, and what that means. */
export function Switch(props: SwitchProps) {
  const id = useId();
  return (
    <div class="switch">
      <label class="switch__label">
        <input
          type="checkbox"
          role="switch"
          class="switch__input"
          checked={props.isOn}
          aria-checked={props.isOn}
          disabled={props.disabled}
          aria-describedby={props.hint === undefined ? undefined : `${id}-hint`}
          onChange={(event) => props.onChange(event.currentTarget.checked)}
        />
        {props.label}
      </label>
      {props.hint !== undefined && (
        <p class="small soft" id={`${id}-hint`}>
          {props.hint}
        </p>
      )}
    </div>
  );
}
