import { programEncoding, THIN_ENCODING } from "@rostra/sound";
import { type Channels, FRAME_MS, frameTimeMs, RENDITIONS, type Rendition } from "@rostra/wire";
import {
  clip,
  type Extent,
  firstSegment,
  initName,
  PART_FRAMES,
  PART_SECONDS,
  PLAYLIST_NAMES,
  partName,
  partSpan,
  SEGMENT_PARTS,
  SEGMENT_SECONDS,
  type Span,
  segmentName,
  segmentSpan,
  segmentsEnd,
} from "./timeline.ts";

/** Segments in the playlist: 30 s. */
export const WINDOW_SEGMENTS = 15;
/** Whole segments whose parts are still listed: three target durations (RFC 8216bis, 4.4.4.9). */
const SEGMENTS_WITH_PARTS = 3;
/** How far from the end players stay: five parts, where three are the least allowed. */
const PART_HOLD_BACK_SECONDS = 5 * PART_SECONDS;

/** Segments this far from the end may be left out of an update: six, the least allowed (4.4.3.8). */
const SKIP_UNTIL_SEGMENTS = 6;

export interface PlaylistOptions {
  readonly epochMs: number;
  readonly channels: Channels;
  readonly rendition: Rendition;
  /** Asked for as an update: what the caller must have by now is only counted (6.2.5.1). */
  readonly delta: boolean;
}

/**
 * The media playlist (RFC 8216bis) of what is held. It follows from the extent, the epoch and the
 * space's sound alone.
 * @returns undefined while there is no whole segment yet
 */
export function renderPlaylist(extent: Extent, options: PlaylistOptions): string | undefined {
  const { epochMs, channels, rendition } = options;
  const end = segmentsEnd(extent);
  const begin = Math.max(firstSegment(extent), end - WINDOW_SEGMENTS);
  if (begin >= end) return undefined;
  const skipped = skippedSegments(begin, end, extent, options.delta);
  const lines = head(begin);
  // The beginning of the track is among what is left out.
  if (skipped > 0) lines.push(`#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped}`);
  else lines.push(`#EXT-X-MAP:URI="${initName(rendition === "thin" ? 1 : channels)}"`);
  for (let segment = begin + skipped; segment < end; segment += 1) {
    const span = clip(segmentSpan(segment), extent);
    lines.push(dateTime(epochMs, span.from));
    if (segment >= end - SEGMENTS_WITH_PARTS) lines.push(...parts(segment, extent, rendition));
    lines.push(`#EXTINF:${seconds(span)},`, segmentName(segment, rendition));
  }
  if (extent.ended) lines.push("#EXT-X-ENDLIST");
  else lines.push(...growingSegment(end, extent, options), ...report(extent, rendition));
  return `${lines.join("\n")}\n`;
}

function head(begin: number): string[] {
  const control = [
    "CAN-BLOCK-RELOAD=YES",
    `CAN-SKIP-UNTIL=${(SKIP_UNTIL_SEGMENTS * SEGMENT_SECONDS).toFixed(1)}`,
    `PART-HOLD-BACK=${PART_HOLD_BACK_SECONDS.toFixed(1)}`,
  ];
  return [
    "#EXTM3U",
    "#EXT-X-VERSION:9",
    `#EXT-X-TARGETDURATION:${SEGMENT_SECONDS}`,
    `#EXT-X-SERVER-CONTROL:${control.join(",")}`,
    `#EXT-X-PART-INF:PART-TARGET=${PART_SECONDS.toFixed(1)}`,
    `#EXT-X-MEDIA-SEQUENCE:${begin}`,
    "#EXT-X-INDEPENDENT-SEGMENTS",
  ];
}

/** An end is told in full: whoever plays it back later has nothing that it could add to. */
function skippedSegments(begin: number, end: number, extent: Extent, delta: boolean): number {
  return delta && !extent.ended ? Math.max(0, end - SKIP_UNTIL_SEGMENTS - begin) : 0;
}

function growingSegment(segment: number, extent: Extent, options: PlaylistOptions): string[] {
  const { epochMs, rendition } = options;
  const listed = parts(segment, extent, rendition);
  const uri = partName(segment, listed.length, rendition);
  const next = `#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${uri}"`;
  if (listed.length === 0) return [next];
  return [dateTime(epochMs, segmentSpan(segment).from), ...listed, next];
}

function parts(segment: number, extent: Extent, rendition: Rendition): string[] {
  const lines: string[] = [];
  for (let part = 0; part < SEGMENT_PARTS; part += 1) {
    const span = clip(partSpan(segment, part), extent);
    if (span.to > extent.end || span.to <= span.from) break;
    const uri = partName(segment, part, rendition);
    lines.push(`#EXT-X-PART:DURATION=${seconds(span)},URI="${uri}",INDEPENDENT=YES`);
  }
  return lines;
}

/** How far the other rendition has got (4.4.5.4): as far as this one, both are cut from one line. */
function report(extent: Extent, rendition: Rendition): string[] {
  const lastPart = extent.end / PART_FRAMES - 1;
  const position = `LAST-MSN=${Math.floor(lastPart / SEGMENT_PARTS)},LAST-PART=${lastPart % SEGMENT_PARTS}`;
  return RENDITIONS.filter((other) => other !== rendition).map(
    (other) => `#EXT-X-RENDITION-REPORT:URI="${PLAYLIST_NAMES[other]}",${position}`,
  );
}

/** What the boxes of five parts a second take, as they are cut here: the first of ten is longer. */
const BOX_BITS_PER_SECOND = 5_900;
/** How far a segment may lie above the encoder's bitrate, which is an average. */
const PEAK = 1.5;

/**
 * The multivariant playlist: the program, and its thin twin for players that choose by what their
 * link carries. Bandwidths in bit/s.
 */
export function renderMultivariant(channels: Channels): string {
  const bitrates = { full: programEncoding(channels).bitrate, thin: THIN_ENCODING.bitrate };
  const streams = RENDITIONS.flatMap((rendition) => {
    const bitrate = bitrates[rendition];
    const average = bitrate + BOX_BITS_PER_SECOND;
    const peak = Math.round(bitrate * PEAK) + BOX_BITS_PER_SECOND;
    return [
      `#EXT-X-STREAM-INF:BANDWIDTH=${peak},AVERAGE-BANDWIDTH=${average},CODECS="opus"`,
      PLAYLIST_NAMES[rendition],
    ];
  });
  return ["#EXTM3U", "#EXT-X-VERSION:9", "#EXT-X-INDEPENDENT-SEGMENTS", ...streams, ""].join("\n");
}

function dateTime(epochMs: number, frame: number): string {
  const time = new Date(Math.round(frameTimeMs(epochMs, frame)));
  return `#EXT-X-PROGRAM-DATE-TIME:${time.toISOString()}`;
}

function seconds(span: Span): string {
  return (((span.to - span.from) * FRAME_MS) / 1000).toFixed(2);
}

/**
 * What a blocking reload waits for (RFC 8216bis, section 6.2.5.2): the end of a part or a segment.
 * @returns the frame number up to which the line has to reach, exclusive
 */
export function reloadTarget(segment: number, part: number | undefined): number {
  if (part === undefined) return segmentSpan(segment).to;
  // Beyond a segment's last part, the first part of the next is meant.
  if (part >= SEGMENT_PARTS) return segmentSpan(segment).to + PART_FRAMES;
  return partSpan(segment, part).to;
}
