import { useSignal } from "@preact/signals";
import { listPeople, type PeopleList } from "@rostra/client";
import type { PresentPerson, UserId } from "@rostra/wire";
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { audienceFigures } from "../../state/audience/figures.ts";
import { loadMet } from "../../state/audience/met.ts";
import type { ShowingName } from "../../state/audience/showing-name.ts";
import { failureWords } from "../../state/failure.ts";
import { identity } from "../../state/identity.ts";
import type { Listening } from "../../state/listening.ts";
import { Dialog } from "../dialog.tsx";
import { OwnName } from "./own-name.tsx";

/** Edges share names every two seconds, and caches keep the list as long. */
const ASK_EVERY_MS = 5_000;

/** What hosts have on the list beside what all see. */
export interface HostsNames {
  /** Beside a listener's name. */
  readonly action: (person: PresentPerson) => VNode;
  /** Below the list. */
  readonly footer: () => VNode;
}

interface PeopleDialogProps {
  readonly listening: Listening;
  readonly name: ShowingName;
  readonly hosts?: HostsNames | undefined;
  readonly onClose: () => void;
}

/** Who is there: how many, the stage, those one may know, and some of the others. */
export function PeopleDialog({ listening, name, hosts, onClose }: PeopleDialogProps) {
  const { list, known, problem } = usePeople(listening);
  const counts = listening.counts.value;
  return (
    <Dialog title="People" onClose={onClose}>
      <p class="figures">{listening.audience.value}</p>
      {counts !== null && (
        <ul class="crowd__figures small soft figures">
          {audienceFigures(counts).map((words) => (
            <li key={words}>{words}</li>
          ))}
        </ul>
      )}
      <OwnName name={name} />
      {problem !== "" && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {list === null ? (
        <div class="bone bone--line" />
      ) : (
        <Lists list={list} known={known} action={hosts?.action} />
      )}
      {hosts?.footer()}
    </Dialog>
  );
}

interface ListsProps {
  readonly list: PeopleList;
  readonly known: readonly PresentPerson[];
  readonly action: HostsNames["action"] | undefined;
}

function Lists({ list, known, action }: ListsProps) {
  const apart = new Set([...list.stage, ...known].map(({ id }) => id));
  const others = list.sample.filter(({ id }) => !apart.has(id));
  const unnamed = list.total - others.length - known.length;
  return (
    <>
      <Names heading="On stage" people={list.stage} />
      <Names heading="You may know" people={known} action={action} />
      <Names
        heading={unnamed > 0 ? "Some who listen" : "Who listens"}
        people={others}
        action={action}
      />
      <p class="small soft figures">{namedWords(list.total)}</p>
    </>
  );
}

function namedWords(total: number): string {
  if (total === 0) return "Nobody who listens shows a name.";
  const figure = new Intl.NumberFormat().format(total);
  return total === 1 ? "One listener shows a name." : `${figure} listeners show their names.`;
}

interface NamesProps {
  readonly heading: string;
  readonly people: readonly PresentPerson[];
  readonly action?: HostsNames["action"] | undefined;
}

function Names({ heading, people, action }: NamesProps) {
  const me: UserId | undefined = identity.value?.user.id;
  if (people.length === 0) return null;
  return (
    <section class="crowd">
      <h3 class="crowd__heading">{heading}</h3>
      <ul class="crowd__names">
        {people.map((person) => (
          <li key={person.id} class="crowd__row">
            <span>
              {person.displayName}
              {person.id === me && <span class="soft"> (you)</span>}
            </span>
            {action?.(person)}
          </li>
        ))}
      </ul>
    </section>
  );
}

function withoutNames(list: PeopleList, ids: readonly UserId[]): PeopleList {
  const isLeft = (id: UserId) => !ids.includes(id);
  const sample = list.sample.filter(({ id }) => isLeft(id));
  const total = list.total - (list.sample.length - sample.length);
  return { ...list, total, sample, here: list.here.filter(isLeft) };
}

/** The list, asked for anew while it is looked at. */
function usePeople(listening: Listening) {
  const list = useSignal<PeopleList | null>(null);
  const problem = useSignal("");
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let over = false;
    const ask = async () => {
      const asked = loadMet().map(({ id }) => id);
      try {
        const answer = await listPeople(listening.spaceId, asked);
        if (over) return;
        list.value = answer;
        problem.value = "";
      } catch (error) {
        if (!over) problem.value = failureWords(error);
      }
      if (!over) timer = setTimeout(() => void ask(), ASK_EVERY_MS);
    };
    void ask();
    // Hidden by the hosts: gone at once. Asked again when no cache has the list of before any more.
    const stop = listening.listener.onEvent((event) => {
      const shown = list.peek();
      if (event.type !== "names-hidden" || shown === null) return;
      list.value = withoutNames(shown, event.ids);
      clearTimeout(timer);
      timer = setTimeout(() => void ask(), ASK_EVERY_MS);
    });
    return () => {
      over = true;
      stop();
      clearTimeout(timer);
    };
  }, [listening]);
  const here = new Set(list.value?.here);
  const onStage = new Set(list.value?.stage.map(({ id }) => id));
  const known = loadMet().filter(({ id }) => here.has(id) && !onStage.has(id));
  return { list: list.value, known, problem: problem.value };
}
