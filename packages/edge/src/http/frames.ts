import type { ServerResponse } from "node:http";
import { encodeChunks, LIMITS } from "@rostra/wire";
import type { ProgramLine } from "../program/line.ts";
import { BAD_RENDITION, renditionOf, wholeNumber } from "./query.ts";
import { CORS, type Refusal, refuse, send } from "./respond.ts";

const FRAMES_MEDIA_TYPE = "application/vnd.rostra.frames";

/**
 * Frames by number: those of `from` to `to`, inclusive, that this edge holds. What is handed out
 * never changes, so a complete answer may be kept for good.
 * @returns why nothing was sent
 */
export function sendFrames(
  res: ServerResponse,
  line: ProgramLine,
  query: URLSearchParams,
): Refusal | undefined {
  const [from, to] = [wholeNumber(query, "from"), wholeNumber(query, "to")];
  if (typeof from !== "number" || typeof to !== "number" || to < from) {
    return refuse("bad-request", "give from and to: frame numbers, both inclusive, from <= to");
  }
  if (to - from >= LIMITS.framesPerRequest) {
    return refuse("bad-request", `ask for at most ${LIMITS.framesPerRequest} frames at once`);
  }
  const rendition = renditionOf(query);
  if (rendition === undefined) return BAD_RENDITION;
  const frames = line.range(from, to);
  if (frames.length === 0) {
    const held = line.head === undefined ? "none" : `${line.first} to ${line.head}`;
    return refuse("not-found", `no such frames; held are ${held}`, { "cache-control": "no-store" });
  }
  const complete = frames.length === to - from + 1;
  send(res, 200, Buffer.concat(encodeChunks(frames, rendition)), {
    ...CORS,
    "content-type": FRAMES_MEDIA_TYPE,
    "cache-control": complete ? "public, max-age=86400, immutable" : "no-store",
  });
  return undefined;
}
