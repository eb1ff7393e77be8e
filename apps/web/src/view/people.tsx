import { describePerson, type PersonView, personLine } from "../state/person.ts";
import { MicrophoneOffIcon } from "./icons.tsx";

/** Up to this many are shown large on any screen, and on a wide one. */
const PAIR = 2;
const FEW = 6;

interface PeopleProps {
  readonly people: readonly PersonView[];
  /** What pressing somebody else opens; left out: people are only shown. */
  readonly onOpen?: ((person: PersonView) => void) | undefined;
}

/** Who is on stage, and who of them is speaking, muted or away. */
export function People({ people, onOpen }: PeopleProps) {
  return (
    <ul class={listClass(people.length)}>
      {people.map((person) => (
        <Person key={person.id} person={person} onOpen={onOpen} />
      ))}
    </ul>
  );
}

function listClass(count: number): string {
  if (count <= PAIR) return "people people--pair";
  return count <= FEW ? "people people--few" : "people";
}

function Person({ person, onOpen }: { person: PersonView; onOpen: PeopleProps["onOpen"] }) {
  const classes = ["person"];
  if (person.speaking) classes.push("person--speaking");
  if (!person.connected) classes.push("person--away");
  if (onOpen === undefined || person.isMe) {
    return (
      <li class={classes.join(" ")}>
        <PersonFace person={person} />
      </li>
    );
  }
  return (
    <li class={classes.join(" ")}>
      <button type="button" class="person__open" onClick={() => onOpen(person)}>
        <PersonFace person={person} />
      </button>
    </li>
  );
}

function PersonFace({ person }: { person: PersonView }) {
  return (
    <>
      <Avatar person={person} />
      <span class="person__name">
        {person.name}
        {person.isMe && <span class="soft"> (you)</span>}
      </span>
      {/* The same words for eyes and ears; "speaking" is left to the ring and the ears. */}
      <span class="person__role" aria-hidden="true">
        {personLine(person)}
      </span>
      {person.blockedByMe && (
        <span class="person__blocked" aria-hidden="true">
          You blocked this account
        </span>
      )}
      <span class="for-screen-readers">{describePerson(person)}</span>
    </>
  );
}

/** Initials, the speaking ring, and a mark for who is muted. */
export function Avatar({ person }: { person: PersonView }) {
  return (
    <span class={`avatar avatar--${person.colour}`} aria-hidden="true">
      {person.initials}
      {person.muted && (
        <span class="person__mark">
          <MicrophoneOffIcon size={18} />
        </span>
      )}
    </span>
  );
}
