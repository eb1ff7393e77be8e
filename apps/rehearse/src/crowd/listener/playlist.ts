import { WireError } from "@rostra/wire";

/** A part that a playlist lists, or hints at. */
export interface PartRef {
  /** Media sequence number of its segment, and which part of that. */
  readonly segment: number;
  readonly part: number;
  readonly uri: string;
}

export interface PartList {
  /** Those listed, in order. */
  readonly parts: readonly PartRef[];
  /** What a blocking reload asks for next: the first that isn't listed. */
  readonly next: { readonly segment: number; readonly part: number };
  /** How many parts from the end a player stays, by PART-HOLD-BACK. */
  readonly holdBackParts: number;
  readonly ended: boolean;
}

/**
 * What a low-latency player follows in a media playlist (RFC 8216bis): its parts.
 * @throws {WireError} `bad-message` for what is no playlist with parts
 */
export function parseParts(text: string): PartList {
  if (!text.startsWith("#EXTM3U")) throw new WireError("bad-message", "not a playlist");
  let segment = Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(text)?.[1] ?? Number.NaN);
  const target = Number(/PART-TARGET=([\d.]+)/.exec(text)?.[1] ?? Number.NaN);
  const holdBack = Number(/PART-HOLD-BACK=([\d.]+)/.exec(text)?.[1] ?? Number.NaN);
  if (!(segment >= 0 && target > 0 && holdBack > 0)) {
    throw new WireError("bad-message", "the playlist has no parts: not low-latency HLS");
  }
  // A delta playlist leaves out segments that a player has had (RFC 8216bis, 4.4.5.2).
  segment += Number(/#EXT-X-SKIP:.*?SKIPPED-SEGMENTS=(\d+)/.exec(text)?.[1] ?? 0);
  const parts: PartRef[] = [];
  let part = 0;
  for (const line of text.split("\n")) {
    if (line.startsWith("#EXT-X-PART:")) {
      const uri = /URI="([^"]+)"/.exec(line)?.[1];
      if (uri !== undefined) parts.push({ segment, part, uri });
      part += 1;
    } else if (line !== "" && !line.startsWith("#")) {
      segment += 1;
      part = 0;
    }
  }
  return {
    parts,
    next: { segment, part },
    holdBackParts: Math.round(holdBack / target),
    ended: text.includes("#EXT-X-ENDLIST"),
  };
}
