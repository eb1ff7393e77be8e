import { useSignal } from "@preact/signals";
import type { Deed } from "../../state/deeds.ts";
import { describePerson, type PersonView } from "../../state/person.ts";
import { QUALITY_WORDS, qualityFigures, qualityGrade } from "../../state/quality.ts";
import { type PersonPowers, personPowers, stagePowers } from "../../state/stage-powers.ts";
import { ConfirmDialog, Dialog } from "../dialog.tsx";
import { BlockForMe } from "../hand/person-dialog.tsx";
import type { Desk } from "./stage-view.tsx";

interface MemberDialogProps {
  readonly desk: Desk;
  readonly person: PersonView;
  readonly onClose: () => void;
}

/** Everything that one may do about somebody on stage. What can't be taken back asks first. */
export function MemberDialog({ desk, person, onClose }: MemberDialogProps) {
  const { session, moderation, listening, me } = desk;
  const asks = useSignal<Ask | null>(null);
  const space = listening.space.value;
  if (space === null) return null;
  const actions = actionsFor(person, personPowers(space, me, person));
  const perform = (deed: Deed) => {
    onClose();
    void moderation.do(deed, person.name);
  };
  if (asks.value !== null) {
    const { deed, title, text, action } = asks.value;
    return (
      <ConfirmDialog
        title={title}
        text={text}
        action={action}
        onConfirm={() => perform(deed)}
        onClose={() => {
          asks.value = null;
        }}
      />
    );
  }
  const quality = session.news.value.quality.get(person.id);
  return (
    <Dialog title={person.name} onClose={onClose}>
      <p class="soft">{describePerson(person)}</p>
      {quality !== undefined && (
        <p class="small figures member__figures">
          {QUALITY_WORDS[qualityGrade(quality)]}: {qualityFigures(quality)}
        </p>
      )}
      <div class="actions">
        {actions.map(({ words, deed, ask }) => (
          <button
            type="button"
            class="button"
            key={words}
            onClick={() => {
              if (ask === undefined) perform(deed);
              else asks.value = { ...ask, deed };
            }}
          >
            {words}
          </button>
        ))}
      </div>
      <BlockForMe
        id={person.id}
        name={person.name}
        isMyStage={stagePowers(space, me).canHandOver}
      />
    </Dialog>
  );
}

interface Ask {
  readonly deed: Deed;
  readonly title: string;
  readonly text: string;
  readonly action: string;
}

interface Action {
  readonly words: string;
  readonly deed: Deed;
  /** What is asked before it is done; left out: done at once, with an undo. */
  readonly ask?: Omit<Ask, "deed">;
}

function actionsFor({ id, name }: PersonView, can: PersonPowers): readonly Action[] {
  const all: (Action | false)[] = [
    can.canLock && { words: "Mute and lock the microphone", deed: { do: "lock", id } },
    can.canUnlock && { words: `Let ${name} unmute`, deed: { do: "unlock", id } },
    can.canSendBackstage && {
      words: "Send backstage",
      deed: { do: "send", id, channel: "backstage" },
    },
    can.canBringOnAir && {
      words: "Bring on air, muted",
      deed: { do: "send", id, channel: "air" },
    },
    can.canPromote && { words: "Make co-host", deed: { do: "role", id, role: "cohost" } },
    can.canDemote && { words: "Make speaker", deed: { do: "role", id, role: "speaker" } },
    can.canHandOver && {
      words: "Hand the space over",
      deed: { do: "hand-over", id },
      ask: {
        title: `Make ${name} the host?`,
        text: "You become a co-host. Only the new host can hand the space back.",
        action: "Hand over",
      },
    },
    can.canRemove && { words: "Take off the stage", deed: { do: "remove", id } },
    can.canRemove && {
      words: "Block from this space",
      deed: { do: "block", id },
      ask: {
        title: `Block ${name} from this space?`,
        text: "They leave the stage, and can't raise a hand or come back on it. They can still listen.",
        action: "Block",
      },
    },
  ];
  return all.filter((action) => action !== false);
}
