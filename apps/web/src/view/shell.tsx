import type { ComponentChildren } from "preact";
import { announcement } from "../state/announcer.ts";
import { Logo } from "./icons.tsx";

/** What every page has around it. */
export function Shell(props: { children: ComponentChildren }) {
  return (
    <>
      <a class="skip-link" href="#content">
        Skip to the content
      </a>
      <header class="masthead">
        <a class="brand" href="/">
          <Logo size={30} />
          Rostra
        </a>
      </header>
      <main class="page" id="content" tabIndex={-1}>
        {props.children}
      </main>
      <footer class="footer">
        <p>Live audio for a crowd of any size.</p>
        <a href="/api/openapi.json">API</a>
      </footer>
      <LiveRegion />
    </>
  );
}

/** The one live region for state changes: there from the start, or its first words are lost. */
function LiveRegion() {
  return (
    <p class="for-screen-readers" role="status">
      {announcement.value}
    </p>
  );
}
