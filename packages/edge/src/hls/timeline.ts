import { type Channels, FRAME_MS } from "@rostra/wire";

/**
 * Where parts and segments begin and end: at fixed multiples of the frame number, so that all edges
 * cut alike and name alike, with no word between them.
 */
export const PART_FRAMES = 10;
export const SEGMENT_FRAMES = 100;
export const SEGMENT_PARTS = SEGMENT_FRAMES / PART_FRAMES;
export const PART_SECONDS = (PART_FRAMES * FRAME_MS) / 1000;
export const SEGMENT_SECONDS = (SEGMENT_FRAMES * FRAME_MS) / 1000;

/** What of a space's line can be fetched. Frame numbers. */
export interface Extent {
  /** Oldest frame held. */
  readonly first: number;
  /** One past the last frame that lies in a whole part; or in any, when the space has ended. */
  readonly end: number;
  readonly ended: boolean;
}

/** @param head newest frame that may be handed out */
export function extentOf(first: number, head: number, ended: boolean): Extent {
  const end = ended ? head + 1 : Math.floor((head + 1) / PART_FRAMES) * PART_FRAMES;
  return { first, end, ended };
}

/** Number of the oldest segment that is held whole. */
export function firstSegment(extent: Extent): number {
  return Math.ceil(extent.first / SEGMENT_FRAMES);
}

/** One past the last segment that will not grow any more. */
export function segmentsEnd(extent: Extent): number {
  const whole = extent.end / SEGMENT_FRAMES;
  return extent.ended ? Math.ceil(whole) : Math.floor(whole);
}

/** The frames of one segment or part: `from` up to, not including, `to`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export function segmentSpan(segment: number): Span {
  const from = segment * SEGMENT_FRAMES;
  return { from, to: from + SEGMENT_FRAMES };
}

export function partSpan(segment: number, part: number): Span {
  const from = segment * SEGMENT_FRAMES + part * PART_FRAMES;
  return { from, to: from + PART_FRAMES };
}

/** A span as far as it exists: the last one of an ended space is shorter. */
export function clip(span: Span, extent: Extent): Span {
  return extent.ended && span.to > extent.end ? { from: span.from, to: extent.end } : span;
}

export function isHeld(span: Span, extent: Extent): boolean {
  return span.from >= extent.first && span.to <= extent.end && span.from < span.to;
}

/** Names say nothing but numbers. */
export const segmentName = (segment: number): string => `s${segment}.m4s`;
export const partName = (segment: number, part: number): string => `p${segment}.${part}.m4s`;
/** A name stands for the same bytes for ever, so there is one for each count of channels. */
export const initName = (channels: Channels): string =>
  channels === 1 ? "init.mp4" : "init-stereo.mp4";
const PLAYLIST_NAME = "index.m3u8";

export type HlsFile =
  | { readonly kind: "playlist" }
  | { readonly kind: "init"; readonly channels: Channels }
  | { readonly kind: "segment"; readonly segment: number }
  | { readonly kind: "part"; readonly segment: number; readonly part: number };

const SEGMENT = /^s(0|[1-9]\d{0,11})\.m4s$/;
const PART = /^p(0|[1-9]\d{0,11})\.(\d)\.m4s$/;

/** @returns undefined for a name that no file of ours has */
export function parseHlsName(name: string): HlsFile | undefined {
  if (name === PLAYLIST_NAME) return { kind: "playlist" };
  for (const channels of [1, 2] as const) {
    if (name === initName(channels)) return { kind: "init", channels };
  }
  const segment = SEGMENT.exec(name)?.[1];
  if (segment !== undefined) return { kind: "segment", segment: Number(segment) };
  const match = PART.exec(name);
  if (match === null) return undefined;
  return { kind: "part", segment: Number(match[1]), part: Number(match[2]) };
}
