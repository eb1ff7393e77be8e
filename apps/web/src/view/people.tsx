import type { ComponentChildren } from "preact";
import { describePerson, type PersonView } from "../state/person.ts";
import { MicrophoneOffIcon } from "./icons.tsx";

/** Up to this many are shown large on any screen, and on a wide one. */
const PAIR = 2;
const FEW = 6;

interface PeopleProps {
  readonly people: readonly PersonView[];
  /** Buttons under a person, for those who run the stage. */
  readonly actions?: (person: PersonView) => ComponentChildren;
}

/** Who is on stage, and who of them is speaking, muted or away. */
export function People(props: PeopleProps) {
  const { people, actions } = props;
  return (
    <ul class={listClass(people.length)}>
      {people.map((person) => (
        <Person key={person.id} person={person}>
          {actions?.(person)}
        </Person>
      ))}
    </ul>
  );
}

function listClass(count: number): string {
  if (count <= PAIR) return "people people--pair";
  return count <= FEW ? "people people--few" : "people";
}

function Person(props: { person: PersonView; children?: ComponentChildren }) {
  const { person, children } = props;
  const classes = ["person"];
  if (person.speaking) classes.push("person--speaking");
  if (!person.connected) classes.push("person--away");
  return (
    <li class={classes.join(" ")}>
      <span class={`avatar avatar--${person.colour}`} aria-hidden="true">
        {person.initials}
        {person.muted && (
          <span class="person__mark">
            <MicrophoneOffIcon size={18} />
          </span>
        )}
      </span>
      <span class="person__name">
        {person.name}
        {person.isMe && <span class="soft"> (you)</span>}
      </span>
      {/* The same words for eyes and ears; "speaking" is left to the ring and the ears. */}
      <span class="person__role" aria-hidden="true">
        {person.connected ? person.roleLabel : person.awayLabel}
      </span>
      <span class="for-screen-readers">{describePerson(person)}</span>
      {children}
    </li>
  );
}
