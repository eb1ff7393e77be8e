import { type Channels, FRAME_MS, frameTimeMs } from "@rostra/wire";
import {
  clip,
  type Extent,
  firstSegment,
  initName,
  PART_FRAMES,
  PART_SECONDS,
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
const WINDOW_SEGMENTS = 15;
/** Whole segments whose parts are still listed: three target durations (RFC 8216bis, 4.4.4.9). */
const SEGMENTS_WITH_PARTS = 3;
/** How far from the end players stay: five parts, where three are the least allowed. */
const PART_HOLD_BACK_SECONDS = 5 * PART_SECONDS;

/**
 * The media playlist (RFC 8216bis) of what is held. It follows from the extent, the epoch and the
 * space's sound alone.
 * @returns undefined while there is no whole segment yet
 */
export function renderPlaylist(
  extent: Extent,
  epochMs: number,
  channels: Channels = 1,
): string | undefined {
  const end = segmentsEnd(extent);
  const begin = Math.max(firstSegment(extent), end - WINDOW_SEGMENTS);
  if (begin >= end) return undefined;
  const lines = [
    "#EXTM3U",
    "#EXT-X-VERSION:9",
    `#EXT-X-TARGETDURATION:${SEGMENT_SECONDS}`,
    `#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=${PART_HOLD_BACK_SECONDS.toFixed(1)}`,
    `#EXT-X-PART-INF:PART-TARGET=${PART_SECONDS.toFixed(1)}`,
    `#EXT-X-MEDIA-SEQUENCE:${begin}`,
    "#EXT-X-INDEPENDENT-SEGMENTS",
    `#EXT-X-MAP:URI="${initName(channels)}"`,
  ];
  for (let segment = begin; segment < end; segment += 1) {
    const span = clip(segmentSpan(segment), extent);
    lines.push(dateTime(epochMs, span.from));
    if (segment >= end - SEGMENTS_WITH_PARTS) lines.push(...parts(segment, extent));
    lines.push(`#EXTINF:${seconds(span)},`, segmentName(segment));
  }
  if (extent.ended) lines.push("#EXT-X-ENDLIST");
  else lines.push(...growingSegment(end, extent, epochMs));
  return `${lines.join("\n")}\n`;
}

function growingSegment(segment: number, extent: Extent, epochMs: number): string[] {
  const listed = parts(segment, extent);
  const next = `#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${partName(segment, listed.length)}"`;
  if (listed.length === 0) return [next];
  return [dateTime(epochMs, segmentSpan(segment).from), ...listed, next];
}

function parts(segment: number, extent: Extent): string[] {
  const lines: string[] = [];
  for (let part = 0; part < SEGMENT_PARTS; part += 1) {
    const span = clip(partSpan(segment, part), extent);
    if (span.to > extent.end || span.to <= span.from) break;
    const uri = partName(segment, part);
    lines.push(`#EXT-X-PART:DURATION=${seconds(span)},URI="${uri}",INDEPENDENT=YES`);
  }
  return lines;
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
