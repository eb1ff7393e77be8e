import { useSignal } from "@preact/signals";
import { api } from "../../state/app.ts";
import { blockPerson, unblockPerson } from "../../state/block-calls.ts";
import { failureWords } from "../../state/failure.ts";
import { myBlocks } from "../../state/my-blocks.ts";
import { describePerson, type PersonView } from "../../state/person.ts";
import { Dialog } from "../dialog.tsx";

/** One person on stage, and what a listener may do about them: keep away. */
export function PersonDialog(props: { person: PersonView; onClose: () => void }) {
  const { person, onClose } = props;
  return (
    <Dialog title={person.name} onClose={onClose}>
      <p class="soft">{describePerson(person)}</p>
      <BlockForMe id={person.id} name={person.name} />
    </Dialog>
  );
}

interface BlockForMeProps extends Pick<PersonView, "id" | "name"> {
  /** A host's own list keeps people off this stage too, at once. */
  readonly isMyStage?: boolean;
}

/** On or off one's own list, with what that means. */
export function BlockForMe({ id, name, isMyStage = false }: BlockForMeProps) {
  const problem = useSignal("");
  const isBlocked = myBlocks.value.has(id);
  const toggle = async () => {
    problem.value = "";
    try {
      await (isBlocked ? unblockPerson(api, id) : blockPerson(api, id, name));
    } catch (error) {
      problem.value = failureWords(error);
    }
  };
  return (
    <div class="stack">
      <button type="button" class="button" onClick={() => void toggle()}>
        {isBlocked ? `Unblock ${name}` : isMyStage ? OFF_MY_STAGES : `Block ${name} for yourself`}
      </button>
      <p class="small soft" role="status">
        {problem.value !== "" ? problem.value : meaning(isBlocked, isMyStage)}
      </p>
    </div>
  );
}

const OFF_MY_STAGES = "Block on all your stages";

function meaning(isBlocked: boolean, isMyStage: boolean): string {
  if (isBlocked) return "You blocked this account. Only you see that.";
  if (isMyStage) return "They leave this stage, and can't come on any that you host.";
  return "They are marked for you alone, and can't come on stages that you host. They aren't told.";
}
