import { type ReadonlySignal, signal } from "@preact/signals";
import { parseRoute, type Route, takeInvitation } from "./route.ts";

const current = signal<Route>(parseRoute(location.pathname));

/** What the address bar shows. */
export const route: ReadonlySignal<Route> = current;

/** An invitation that this visit came with; in memory only, so it can't leak by a shared link. */
export const pendingInvitation = signal<string | null>(null);

function readAddress(): void {
  const taken = takeInvitation(location.href);
  if (taken.href !== location.href) history.replaceState(history.state, "", taken.href);
  pendingInvitation.value = taken.invitation;
  current.value = parseRoute(location.pathname);
}

/** Goes to a path of this site without loading it anew. */
export function navigate(path: string): void {
  history.pushState(null, "", path);
  readAddress();
  scrollTo(0, 0);
}

/** Follows plain clicks on links to our own pages; leaves new tabs and downloads to the browser. */
function onClick(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (link === null || link.target !== "" || link.hasAttribute("download")) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || url.hash !== "") return;
  if (parseRoute(url.pathname).page === "not-found") return;
  event.preventDefault();
  navigate(url.pathname + url.search);
}

/** Called once, by main: the page lives as long as its listeners. */
export function startNavigation(): void {
  readAddress();
  addEventListener("popstate", readAddress);
  document.addEventListener("click", onClick);
}
