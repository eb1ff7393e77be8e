import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { announce } from "../state/announcer.ts";
import type { Lamp } from "../state/room.ts";
import { LampView } from "./lamp.tsx";

interface PlainPageProps {
  readonly lamp: Lamp;
  readonly heading: string;
  readonly children: ComponentChildren;
}

/** One message and one way on: not found, ended, failed. */
export function PlainPage(props: PlainPageProps) {
  const { heading, lamp } = props;
  useEffect(() => {
    document.title = `${heading} · Rostra`;
    // It takes the place of another page without the focus moving: who can't see it is told.
    announce(`${lamp.word}. ${heading}`);
  }, [heading, lamp.word]);
  return (
    <div class="plain">
      <LampView lamp={lamp} size="large" />
      <h1>{heading}</h1>
      {props.children}
    </div>
  );
}

/** A wrong address is mostly a mistyped one: say what to look at, not what the server thinks. */
export function NotFoundPage(props: { what: "page" | "space" }) {
  const isSpace = props.what === "space";
  return (
    <PlainPage
      lamp={{ kind: "off", word: "Not found" }}
      heading={isSpace ? "There is no such space" : "There is no such page"}
    >
      <p class="soft">
        {isSpace
          ? "Look at the link again: a letter may be missing. Or ask whoever sent it for a new one."
          : "The address leads nowhere. The live spaces are one page away."}
      </p>
      <HomeLink />
    </PlainPage>
  );
}

/**
 * @param props.title null where the page came too late to learn it
 * @param props.onStop ends what is still heard of it by who was behind live; absent: nothing is
 */
export function EndedPage(props: { title: string | null; onStop?: () => void }) {
  return (
    <PlainPage
      lamp={{ kind: "ended", word: "Ended" }}
      heading={props.title ?? "This space has ended"}
    >
      {props.onStop === undefined ? (
        <p class="soft">It is over, and there is nothing more to hear. Thank you for coming.</p>
      ) : (
        <>
          <p class="soft">It is over. You were behind live, and hear it to its end.</p>
          <p>
            <button type="button" class="button" onClick={props.onStop}>
              Stop the sound
            </button>
          </p>
        </>
      )}
      <HomeLink />
    </PlainPage>
  );
}

function HomeLink() {
  return (
    <p>
      <a class="button" href="/">
        See what is live
      </a>
    </p>
  );
}
