import { useSignal } from "@preact/signals";
import type { SpaceId } from "@rostra/wire";
import { useId } from "preact/hooks";
import { api } from "../../state/app.ts";
import { failureWords } from "../../state/failure.ts";
import { copy } from "../../state/share.ts";

/**
 * For who speaks through OBS or another program: the two lines that WHIP needs. The key is asked for
 * when somebody wants it, for it speaks in their name, and it is never on the screen in the clear.
 */
export function EncoderHelp({ spaceId }: { spaceId: SpaceId }) {
  const token = useSignal("");
  const status = useSignal("");
  const fetchToken = () => {
    if (token.value !== "") return;
    api.token().then(
      (fetched) => {
        token.value = fetched;
      },
      (error: unknown) => {
        status.value = failureWords(error);
      },
    );
  };
  const tell = (words: string) => {
    status.value = words;
  };
  return (
    <details class="disclosure" onToggle={fetchToken}>
      <summary>Speak through another program</summary>
      <div class="stack">
        <p class="small soft">
          OBS, GStreamer and others send sound by WHIP. Give them these two; your microphone here
          makes way when they connect.
        </p>
        <CopyField
          label="Server"
          value={`${location.origin}/api/v1/spaces/${spaceId}/whip`}
          onStatus={tell}
        />
        <CopyField label="Bearer token" isSecret value={token.value} onStatus={tell} />
        <p class="small soft device__words" role="status">
          {status.value === "" ? HOW : status.value}
        </p>
      </div>
    </details>
  );
}

const HOW =
  "Keep the token to yourself: it speaks as you. If it is refused, come back here for a new one.";

interface CopyFieldProps {
  readonly label: string;
  readonly value: string;
  readonly isSecret?: boolean;
  readonly onStatus: (words: string) => void;
}

function CopyField({ label, value, isSecret = false, onStatus }: CopyFieldProps) {
  const id = useId();
  const isHidden = useSignal(isSecret);
  const onCopy = async () => {
    const isCopied = (await copy(value)) === "copied";
    // What is hidden can't be selected either.
    if (!isCopied) isHidden.value = false;
    onStatus(isCopied ? `${label} copied.` : "Select it and copy it by hand.");
  };
  return (
    <div>
      <label class="field__label" for={id}>
        {label}
      </label>
      <div class="invite__link">
        <input
          id={id}
          class="input"
          {...(isHidden.value ? { type: "password" } : { type: "text" })}
          autocomplete="off"
          readOnly
          value={value}
          onFocus={(event) => event.currentTarget.select()}
        />
        <button
          type="button"
          class="button"
          aria-label={`Copy the ${label.toLowerCase()}`}
          disabled={value === ""}
          onClick={() => void onCopy()}
        >
          Copy
        </button>
      </div>
    </div>
  );
}
