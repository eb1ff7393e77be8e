import type { ServerResponse } from "node:http";
import { type Clock, FRAMES_PER_SECOND, type Rendition } from "@rostra/wire";
import { wholeNumber } from "../http/query.ts";
import { CORS, type HeaderFields, type Refusal, refuse, send } from "../http/respond.ts";
import { reloadTarget, renderMultivariant, WINDOW_SEGMENTS } from "./playlist.ts";
import { type HlsStream, INIT_SEGMENTS } from "./stream.ts";
import {
  firstSegment,
  PART_SECONDS,
  parseHlsName,
  partSpan,
  SEGMENT_FRAMES,
  SEGMENT_PARTS,
  SEGMENT_SECONDS,
  type Span,
  segmentSpan,
  segmentsEnd,
} from "./timeline.ts";

/** Another edge may be this much ahead when it names a part, frames. */
const AHEAD_FRAMES = FRAMES_PER_SECOND;
/** Segments past the last whole one that a reload may wait for (RFC 8216bis, 6.2.5.2). */
const AHEAD_SEGMENTS = 2;
/** Parts past a segment's last that may be named: three seconds of them (the same section). */
const AHEAD_PARTS = 3 / PART_SECONDS;

/** A name stands for the same bytes for ever: any cache may keep them. */
const IMMUTABLE = "public, max-age=86400, immutable";
const FILE_HEADERS: HeaderFields = {
  ...CORS,
  "content-type": "audio/mp4",
  "cache-control": IMMUTABLE,
};
const PLAYLIST_HEADERS: HeaderFields = {
  ...CORS,
  "content-type": "application/vnd.apple.mpegurl",
  // While a cache fetches it anew, the others may have the one before: that is a second old.
  "cache-control": "public, max-age=1, stale-while-revalidate=1",
};
/** The answer to a blocking reload says what it's for in its URL: it never gets wrong. */
const RELOAD_HEADERS: HeaderFields = {
  ...PLAYLIST_HEADERS,
  "cache-control": `public, max-age=${6 * SEGMENT_SECONDS}`,
};

export interface HlsRequest {
  readonly res: ServerResponse;
  /** The name as it stands in the path. */
  readonly file: string;
  readonly query: URLSearchParams;
  readonly stream: HlsStream;
  readonly clock: Clock;
  /** Called with the reason where there is nothing to send, now or after waiting. */
  readonly onRefused: (refusal: Refusal) => void;
}

/**
 * From which frame on a line must reach for a file to be what it is on every edge.
 * @param newest number of the newest frame
 */
export function firstNeeded(name: string, newest: number): number {
  const file = parseHlsName(name);
  switch (file?.kind) {
    case "playlist":
      // One segment more, as the newest may not be whole.
      return newest - (WINDOW_SEGMENTS + 1) * SEGMENT_FRAMES;
    case "segment":
      return segmentSpan(file.segment).from;
    case "part":
      return partSpan(file.segment, file.part).from;
    default:
      return newest;
  }
}

/** Answers one HLS request, at once or when the line has got there. */
export function serveHls(request: HlsRequest): void {
  const file = parseHlsName(request.file);
  switch (file?.kind) {
    case "multivariant":
      send(request.res, 200, renderMultivariant(request.stream.channels), PLAYLIST_HEADERS);
      return;
    case "playlist":
      servePlaylist(request, file.rendition);
      return;
    case "init":
      send(request.res, 200, INIT_SEGMENTS[file.channels], FILE_HEADERS);
      return;
    case "segment":
      serveSpan(request, segmentSpan(file.segment), file.rendition);
      return;
    case "part":
      serveSpan(request, partSpan(file.segment, file.part), file.rendition);
      return;
    case undefined:
      request.onRefused(refuse("not-found", "there is no such file"));
  }
}

/** A segment or part: from what is held, or as soon as it is complete. */
function serveSpan(request: HlsRequest, span: Span, rendition: Rendition): void {
  const { res, stream, file } = request;
  const answer = () => {
    const bytes = stream.file(file, span, rendition);
    if (bytes === undefined) request.onRefused(NOT_HELD);
    else send(res, 200, bytes, FILE_HEADERS);
  };
  const { extent } = stream;
  // A player may have the name from a hint, or from another edge that is a moment ahead.
  const soon = extent !== undefined && !extent.ended && span.to > extent.end;
  if (soon && span.to <= extent.end + AHEAD_FRAMES) waitFor(request, span.to, answer);
  else answer();
}

/** The playlist, at once or as a blocking reload (RFC 8216bis, section 6.2.5.2). */
function servePlaylist(request: HlsRequest, rendition: Rendition): void {
  const { res, stream, query } = request;
  const segment = wholeNumber(query, "_HLS_msn");
  const part = wholeNumber(query, "_HLS_part");
  if (segment === "bad" || part === "bad" || (part !== undefined && segment === undefined)) {
    request.onRefused(refuse("bad-request", "_HLS_msn and _HLS_part must be whole numbers"));
    return;
  }
  // "v2" also allows to leave out ranges of dates, of which there are none (6.2.5.1).
  const skip = query.get("_HLS_skip");
  if (skip !== null && skip !== "YES" && skip !== "v2") {
    request.onRefused(refuse("bad-request", "_HLS_skip can only be YES or v2"));
    return;
  }
  const { extent } = stream;
  if (extent === undefined) {
    request.onRefused(refuse("unavailable", "no sound yet; try again", { "retry-after": "1" }));
    return;
  }
  // The first request for a young space waits for the first segment.
  const oldest = segmentSpan(firstSegment(extent)).to;
  // 0 is always reached: a plain request is answered with what there is.
  const asked = segment === undefined ? 0 : reloadTarget(segment, part);
  const isFarSegment = segment !== undefined && segment > segmentsEnd(extent) + AHEAD_SEGMENTS - 1;
  const isFarPart = part !== undefined && part >= SEGMENT_PARTS + AHEAD_PARTS;
  if (!extent.ended && (isFarSegment || isFarPart)) {
    request.onRefused(refuse("bad-request", "_HLS_msn or _HLS_part is too far ahead"));
    return;
  }
  const target = Math.max(oldest, asked);
  const headers = segment === undefined ? PLAYLIST_HEADERS : RELOAD_HEADERS;
  const answer = () => {
    const bytes = stream.playlist(rendition, skip !== null);
    if (bytes === undefined) request.onRefused(NOT_HELD);
    else send(res, 200, bytes, headers);
  };
  if (extent.ended || target <= extent.end) answer();
  else waitFor(request, target, answer);
}

/** Parks a request until the line reaches `target`; it is forgotten when its caller leaves. */
function waitFor(request: HlsRequest, target: number, answer: () => void): void {
  const { res, stream, clock } = request;
  const stop = stream.waiters.add(target, clock.nowMs(), (outcome) => {
    if (outcome === "reached") answer();
    else request.onRefused(NOT_YET);
  });
  if (stop === undefined) request.onRefused(TOO_MANY_WAIT);
  else res.once("close", stop);
}

const RETRY_SOON = { "retry-after": "1" } as const;
const NOT_HELD = refuse("not-found", "this is not held, or not yet", {
  "cache-control": "no-store",
});
const NOT_YET = refuse("unavailable", "the sound did not get there in time; try again", RETRY_SOON);
const TOO_MANY_WAIT = refuse("unavailable", "too many wait already; try again", RETRY_SOON);
