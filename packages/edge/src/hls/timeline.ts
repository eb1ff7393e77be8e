import { type Channels, FRAME_MS, RENDITIONS, type Rendition } from "@rostra/wire";

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

/** Names say nothing but numbers; those of the thin rendition begin with a t. */
const prefix = (rendition: Rendition): string => (rendition === "thin" ? "t" : "");
export const segmentName = (segment: number, rendition: Rendition): string =>
  `${prefix(rendition)}s${segment}.m4s`;
export const partName = (segment: number, part: number, rendition: Rendition): string =>
  `${prefix(rendition)}p${segment}.${part}.m4s`;
/** A name stands for the same bytes for ever, so there is one for each count of channels. */
export const initName = (channels: Channels): string =>
  channels === 1 ? "init.mp4" : "init-stereo.mp4";
export const PLAYLIST_NAMES: Readonly<Record<Rendition, string>> = {
  full: "index.m3u8",
  thin: "thin.m3u8",
};
const MULTIVARIANT_NAME = "master.m3u8";

export type HlsFile =
  | { readonly kind: "multivariant" }
  | { readonly kind: "playlist"; readonly rendition: Rendition }
  | { readonly kind: "init"; readonly channels: Channels }
  | { readonly kind: "segment"; readonly rendition: Rendition; readonly segment: number }
  | {
      readonly kind: "part";
      readonly rendition: Rendition;
      readonly segment: number;
      readonly part: number;
    };

const SEGMENT = /^(t?)s(0|[1-9]\d{0,11})\.m4s$/;
const PART = /^(t?)p(0|[1-9]\d{0,11})\.(\d)\.m4s$/;

/** @returns undefined for a name that no file of ours has */
export function parseHlsName(name: string): HlsFile | undefined {
  if (name === MULTIVARIANT_NAME) return { kind: "multivariant" };
  for (const rendition of RENDITIONS) {
    if (name === PLAYLIST_NAMES[rendition]) return { kind: "playlist", rendition };
  }
  for (const channels of [1, 2] as const) {
    if (name === initName(channels)) return { kind: "init", channels };
  }
  const match = SEGMENT.exec(name) ?? PART.exec(name);
  if (match === null) return undefined;
  const rendition = match[1] === "t" ? "thin" : "full";
  const segment = Number(match[2]);
  if (match[3] === undefined) return { kind: "segment", rendition, segment };
  return { kind: "part", rendition, segment, part: Number(match[3]) };
}
