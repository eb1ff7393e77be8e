import { useSignal } from "@preact/signals";
import type { Reaction } from "@rostra/wire";
import { useEffect, useMemo } from "preact/hooks";
import {
  AT_HAND,
  MORE,
  OwnPace,
  REACTION_NAMES,
  reactionOfKey,
} from "../../state/audience/reactions.ts";
import { keyTarget } from "../../state/keys.ts";
import type { Listening } from "../../state/listening.ts";
import { preferences } from "../../state/preferences.ts";

/** Five reactions at hand, by the keys 1 to 5 too, and the others behind one more press. */
export function ReactionBar({ listening }: { listening: Listening }) {
  const showsMore = useSignal(false);
  const pace = useMemo(() => new OwnPace(), []);
  const react = (emoji: Reaction) => {
    if (pace.spend(Date.now())) listening.listener.say({ type: "reaction", emoji });
  };
  useEffect(() => onReactionKey(react), [listening]);
  return (
    <div class="reactions">
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a form's look along. */}
      <div class="reactions__row" role="group" aria-label="React">
        {AT_HAND.map((emoji, at) => (
          <ReactionButton key={emoji} emoji={emoji} shortcut={`${at + 1}`} onPress={react} />
        ))}
        <button
          type="button"
          class="button button--quiet button--round reactions__more"
          aria-label="More reactions"
          aria-expanded={showsMore.value}
          onClick={() => {
            showsMore.value = !showsMore.value;
          }}
        >
          {showsMore.value ? "−" : "+"}
        </button>
      </div>
      {showsMore.value && (
        // biome-ignore lint/a11y/useSemanticElements: as above.
        <div class="reactions__row reactions__rest" role="group" aria-label="More reactions">
          {MORE.map((emoji) => (
            <ReactionButton key={emoji} emoji={emoji} onPress={react} />
          ))}
        </div>
      )}
    </div>
  );
}

function ReactionButton(props: {
  emoji: Reaction;
  shortcut?: string;
  onPress: (emoji: Reaction) => void;
}) {
  const { emoji, shortcut, onPress } = props;
  return (
    <button
      type="button"
      class="button button--quiet button--round reactions__button"
      aria-label={`React: ${REACTION_NAMES[emoji]}`}
      {...(shortcut !== undefined && { "aria-keyshortcuts": shortcut })}
      onClick={() => onPress(emoji)}
    >
      <span aria-hidden="true">{emoji}</span>
    </button>
  );
}

/** @returns what stops it */
function onReactionKey(react: (emoji: Reaction) => void): () => void {
  const listener = (event: KeyboardEvent): void => {
    const emoji = reactionOfKey(event.key);
    if (emoji === undefined || event.repeat || event.ctrlKey || event.altKey || event.metaKey)
      return;
    if (!preferences.value.shortcuts || keyTarget(event.target) === "text") return;
    if (document.querySelector("dialog[open]") !== null) return;
    event.preventDefault();
    react(emoji);
  };
  document.addEventListener("keydown", listener);
  return () => document.removeEventListener("keydown", listener);
}
