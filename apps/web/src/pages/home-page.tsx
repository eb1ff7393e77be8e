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
        <h1 class="home__line">Speak here. Be heard everywhere.</h1>
        <p class="home__sub soft">
          Open a live audio space in your browser. People listen on the web or in any player, with
          no account, however many they are.
        </p>
      </header>
      <Spaces list={list} />
      <OpenSpaceForm />
    </div>
  );
}
