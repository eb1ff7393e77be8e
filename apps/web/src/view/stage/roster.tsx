import { useSignal, useSignalEffect } from "@preact/signals";
import type { UserId } from "@rostra/wire";
import { useRef } from "preact/hooks";
import { personWarnings } from "../../state/guards.ts";
import { levelShare } from "../../state/level-bar.ts";
import { describePerson, type PersonView, personLine } from "../../state/person.ts";
import { QUALITY_WORDS, qualityFigures, qualityGrade } from "../../state/quality.ts";
import { personPowers } from "../../state/stage-powers.ts";
import type { StageSession } from "../../state/stage-session.ts";
import { MicrophoneOffIcon, MoreIcon } from "../icons.tsx";
import { Avatar } from "../people.tsx";
import { MemberDialog } from "./member-dialog.tsx";
import { LockIcon, WarningIcon } from "./stage-icons.tsx";
import type { Desk } from "./stage-view.tsx";

/** Who is on stage as those see it who run it: levels, lines, warnings, and one tap to mute. */
export function Roster({ desk }: { desk: Desk }) {
  const { listening, moderation } = desk;
  const openId = useSignal<UserId | null>(null);
  const people = listening.people.value;
  // Looked up anew: what the dialog shows changes while it is open, and is gone with its person.
  const open = people.find(({ id }) => id === openId.value);
  const others = people.filter(({ isMe, muted }) => !isMe && !muted);
  return (
    <>
      <ul class="roster">
        {people.map((person) => (
          <Member
            key={person.id}
            desk={desk}
            person={person}
            onMore={() => {
              openId.value = person.id;
            }}
          />
        ))}
      </ul>
      <button
        type="button"
        class="button roster__all"
        aria-keyshortcuts="Shift+M"
        disabled={others.length === 0}
        onClick={() => void moderation.do({ do: "mute-all" })}
      >
        <MicrophoneOffIcon size={20} />
        Mute everybody else
      </button>
      {open !== undefined && (
        <MemberDialog
          desk={desk}
          person={open}
          onClose={() => {
            openId.value = null;
          }}
        />
      )}
    </>
  );
}

interface MemberProps {
  readonly desk: Desk;
  readonly person: PersonView;
  readonly onMore: () => void;
}

function Member({ desk, person, onMore }: MemberProps) {
  const { session, moderation, listening, me } = desk;
  const space = listening.space.value;
  const warnings = personWarnings(session.guards.value, person.id);
  const classes = ["member", "person"];
  if (person.speaking) classes.push("person--speaking");
  if (!person.connected) classes.push("person--away");
  if (space === null) return null;
  const { canMute } = personPowers(space, me, person);
  return (
    <li class={classes.join(" ")}>
      <Avatar person={person} />
      <div class="member__who">
        <p class="member__name">
          {person.name}
          {person.isMe && <span class="soft"> (you)</span>}
          {person.micLocked && <LockIcon size={16} />}
        </p>
        <p class="small soft" aria-hidden="true">
          {personLine(person)}
          {person.connected && person.muted ? " · Muted" : ""}
        </p>
        <p class="for-screen-readers">{describePerson(person)}</p>
      </div>
      {!person.isMe && (
        <div class="member__actions">
          <button
            type="button"
            class="button"
            aria-label={canMute ? `Mute ${person.name}` : `Muted: ${person.name}`}
            // Switching it on again is theirs alone. Not `disabled`: that would drop the focus.
            aria-disabled={!canMute}
            onClick={() => canMute && void moderation.do({ do: "mute", id: person.id })}
          >
            {canMute ? "Mute" : "Muted"}
          </button>
          <button
            type="button"
            class="button button--round"
            aria-label={`More about ${person.name}`}
            aria-haspopup="dialog"
            onClick={onMore}
          >
            <MoreIcon size={20} />
          </button>
        </div>
      )}
      <div class="member__line">
        <LevelBar session={session} id={person.id} />
        <Quality session={session} person={person} />
        {warnings.map((words) => (
          <p class="member__warning" key={words}>
            <WarningIcon size={18} />
            {words}
          </p>
        ))}
        {person.blockedByMe && <p class="member__warning">You blocked this account</p>}
      </div>
    </li>
  );
}

/** Written past the view, straight to the element: levels come four times a second. */
function LevelBar({ session, id }: { session: StageSession; id: UserId }) {
  const bar = useRef<HTMLDivElement>(null);
  useSignalEffect(() => {
    const level = session.news.value.levels.get(id);
    bar.current?.style.setProperty("--level", levelShare(level?.dbfs ?? -100).toFixed(3));
  });
  return (
    <div class="meter meter--thin" aria-hidden="true">
      <div class="meter__bar" ref={bar} />
    </div>
  );
}

/** In a word; the figures are in the person's dialog. Its line is kept free while nothing is known. */
function Quality({ session, person }: { session: StageSession; person: PersonView }) {
  const quality = session.news.value.quality.get(person.id);
  if (quality === undefined || !person.connected) return <p class="quality small" />;
  const grade = qualityGrade(quality);
  return (
    <p class={`quality quality--${grade} small`} title={qualityFigures(quality)}>
      {QUALITY_WORDS[grade]}
      {quality.path === "websocket" ? " · over WebSocket" : ""}
    </p>
  );
}
