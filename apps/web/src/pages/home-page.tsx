import "../style/home.css";
import { useEffect, useMemo } from "preact/hooks";
import { api } from "../state/app.ts";
import { SpaceList } from "../state/space-list.ts";
import { OpenSpaceForm } from "../view/home/open-space-form.tsx";
import { Spaces } from "../view/home/spaces.tsx";

/** What Rostra is, what is live, and the way to a space of one's own. */
export function HomePage() {
  const list = useMemo(() => new SpaceList(api), []);
  useEffect(() => list.start(), [list]);
  useEffect(() => {
    document.title = "Rostra · live audio for a crowd of any size";
  }, []);
  return (
    <div class="home">
      <header class="home__hero">
        <h1 class="home__line">
          <span>Speak here. </span>
          <span>Be heard everywhere.</span>
        </h1>
        <p class="home__sub soft">
          Live audio from your browser to a crowd of any size. Nobody needs an account to listen.
        </p>
        <a class="button home__jump" href="#open-heading">
          Start your own
        </a>
      </header>
      <Spaces list={list} />
      <OpenSpaceForm />
    </div>
  );
}
