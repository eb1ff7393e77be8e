import type { Space } from "@rostra/client";
import { identity } from "../../state/identity.ts";
import { type Lamp, startsAtWords } from "../../state/room.ts";
import { spacePath } from "../../state/route.ts";
import type { SpaceList } from "../../state/space-list.ts";
import { listeningWords } from "../../state/words.ts";
import { LampView } from "../lamp.tsx";

/** The public spaces as cards, in the order the server gives: live first. */
export function Spaces(props: { list: SpaceList }) {
  const { status, spaces, error } = props.list.state.value;
  return (
    <section class="home__spaces" aria-labelledby="spaces-heading">
      <div class="home__heading">
        <h2 id="spaces-heading">Spaces</h2>
        {status === "ready" && error !== null && (
          <p class="small soft" role="status">
            Not up to date. Trying again.
          </p>
        )}
      </div>
      {status === "loading" && <Bones />}
      {status === "failed" && <Failed error={error ?? ""} onRetry={() => props.list.retry()} />}
      {status === "ready" && spaces.length === 0 && <Empty />}
      {status === "ready" && spaces.length > 0 && (
        <ul class="spaces">
          {spaces.map((space) => (
            <SpaceCard key={space.id} space={space} />
          ))}
        </ul>
      )}
    </section>
  );
}

/** The whole card is the link: a large target, and one stop for the Tab key. */
function SpaceCard(props: { space: Space }) {
  const { space } = props;
  const me = identity.value?.user.id;
  const isMine = me !== undefined && space.stage.some((member) => member.id === me);
  return (
    <li>
      <a class="card space-card" href={spacePath(space.id)}>
        <span class="space-card__top">
          <LampView lamp={cardLamp(space)} size="small" />
          {space.state === "live" && (
            <span class="small soft figures">{listeningWords(space.listeners.now)}</span>
          )}
        </span>
        <span class="space-card__title">{space.title}</span>
        <span class="small soft">
          {isMine ? "You are on stage" : `Hosted by ${space.host.displayName}`}
          {space.topics.length > 0 && ` · ${space.topics.join(", ")}`}
        </span>
      </a>
    </li>
  );
}

/** Ended spaces aren't listed: what isn't on or backstage is scheduled. */
function cardLamp(space: Space): Lamp {
  if (space.state === "live") return { kind: "live", word: "Live" };
  if (space.state === "backstage") return { kind: "backstage", word: "Backstage" };
  const startsAtMs = space.startsAt === null ? null : Date.parse(space.startsAt);
  return { kind: "scheduled", word: startsAtWords(startsAtMs, Date.now()) };
}

/** As tall as the cards that most likely come. */
function Bones() {
  return (
    <div class="spaces" role="status" aria-label="Loading the spaces">
      {[0, 1, 2].map((index) => (
        <div class="card space-card" key={index}>
          <span class="space-card__top">
            <span class="bone space-card__bone-lamp" />
          </span>
          <span class="space-card__title">
            <span class="bone bone--line" />
          </span>
          <span class="small">
            <span class="bone bone--line bone--short" />
          </span>
        </div>
      ))}
    </div>
  );
}

/** Nothing on is an invitation, not an apology. */
function Empty() {
  return (
    <div class="card home__empty">
      <p class="home__empty-title">Nothing is live right now</p>
      <p class="soft">Be the first: a space takes a title and your name.</p>
    </div>
  );
}

/** Only where nothing could ever be shown: a failed refresh keeps the cards. */
function Failed(props: { error: string; onRetry: () => Promise<void> }) {
  return (
    <div class="card home__empty" role="alert">
      <p class="home__empty-title">The spaces can't be shown</p>
      <p class="soft">{props.error}</p>
      <button type="button" class="button" onClick={() => void props.onRetry()}>
        Try again
      </button>
    </div>
  );
}
