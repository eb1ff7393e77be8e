/** Ways to hear a space without this page; the same on every edge. */
export interface PlayerLink {
  readonly label: string;
  /** For whom it is, in a word or two. */
  readonly hint: string;
  readonly path: string;
}

export function playerLinks(spaceId: string): readonly PlayerLink[] {
  return [
    { label: "Ogg Opus", hint: "best sound", path: `/live/${spaceId}.ogg` },
    { label: "AAC", hint: "older players and radios", path: `/live/${spaceId}.aac` },
    { label: "HLS", hint: "phones and TVs", path: `/live/${spaceId}/index.m3u8` },
  ];
}

export type ShareOutcome = "shared" | "copied" | "dismissed" | "failed";

/** Opens the system's share sheet where there is one, else copies. Call it in a gesture. */
export async function share(title: string, url: string): Promise<ShareOutcome> {
  const data = { title, url };
  if (typeof navigator.share === "function" && navigator.canShare?.(data)) {
    try {
      await navigator.share(data);
      return "shared";
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return "dismissed";
    }
  }
  return copy(url);
}

/** Pages without TLS have no clipboard: the link then has to be selected by hand. */
export async function copy(text: string): Promise<"copied" | "failed"> {
  try {
    await navigator.clipboard.writeText(text);
    return "copied";
  } catch {
    return "failed";
  }
}
