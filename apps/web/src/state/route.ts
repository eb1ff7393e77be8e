import { isSpaceId, type SpaceId } from "@rostra/wire";

/** What an address of this site shows. */
export type Route =
  | { readonly page: "home" }
  | { readonly page: "space"; readonly id: SpaceId }
  /** `space`: an address like a space's that can't be one, as where a letter is missing. */
  | { readonly page: "not-found"; readonly what: "page" | "space" };

const SPACE_PATH = /^\/s\/([^/]+)\/?$/;

/** @param pathname of a URL on this site: `/`, `/s/{id}`; whatever else isn't there */
export function parseRoute(pathname: string): Route {
  if (pathname === "/" || pathname === "/index.html") return { page: "home" };
  // Ids are read out and typed by hand, so capitals are forgiven.
  const id = SPACE_PATH.exec(pathname)?.[1]?.toLowerCase();
  if (isSpaceId(id)) return { page: "space", id };
  return { page: "not-found", what: id === undefined ? "page" : "space" };
}

export function spacePath(id: string): string {
  return `/s/${id}`;
}

/**
 * Takes the invitation out of an address, so that it doesn't stay in the history, in a shared
 * link or in a screenshot.
 * @returns the token, or null, and the address without it
 */
export function takeInvitation(href: string): { invitation: string | null; href: string } {
  const url = new URL(href);
  const invitation = url.searchParams.get("invitation");
  url.searchParams.delete("invitation");
  return { invitation: invitation === "" ? null : invitation, href: url.href };
}
