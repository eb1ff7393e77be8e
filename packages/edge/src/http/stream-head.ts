import type { SpaceSnapshot } from "@rostra/wire";
import { CORS, type HeaderFields, rawHead } from "./respond.ts";

const CONTENT_TYPES = { ogg: "audio/ogg", aac: "audio/aac" } as const;
const BITRATES_KBPS = { ogg: "32", aac: "64" } as const;

/**
 * HeaderFields of an endless answer: its end is the end of the connection.
 * @param icy the player asked for the headers that Icecast gives (names only, nothing in band)
 */
export function streamHeaders(
  kind: "ogg" | "aac",
  space: SpaceSnapshot,
  icy: boolean,
): HeaderFields {
  return {
    "content-type": CONTENT_TYPES[kind],
    "cache-control": "no-store",
    connection: "close",
    ...CORS,
    ...(icy && {
      "icy-name": headerText(space.title),
      "icy-genre": headerText(space.topics.join(" ")),
      "icy-br": BITRATES_KBPS[kind],
      "icy-pub": "0",
    }),
  };
}

export function streamHead(headers: HeaderFields): string {
  return rawHead("200 OK", headers);
}

/** Titles come from people: a header carries one line of printable ASCII (RFC 9110, 5.5). */
function headerText(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^\x20-\x7e]+/g, " ")
    .trim();
}
