import { opusFragment, opusInitSegment } from "@rostra/sound";
import type { Channels, ProgramFrame } from "@rostra/wire";
import { BOUNDS } from "../bounds.ts";
import type { ProgramLine } from "../program/line.ts";
import { renderPlaylist } from "./playlist.ts";
import {
  clip,
  type Extent,
  extentOf,
  firstSegment,
  isHeld,
  PART_FRAMES,
  SEGMENT_FRAMES,
  type Span,
} from "./timeline.ts";
import { Waiters } from "./waiters.ts";

/** The same bytes for all spaces and edges; by channels. */
export const INIT_SEGMENTS: Readonly<Record<Channels, Uint8Array>> = {
  1: opusInitSegment(1),
  2: opusInitSegment(2),
};

/** One space's HLS: made from the line when it's asked for, shared by all who ask. */
export class HlsStream {
  /** Requests that wait for sound yet to come. */
  readonly waiters = new Waiters({ limit: BOUNDS.hlsWaiters, timeoutMs: BOUNDS.hlsWaitMs });
  readonly #line: ProgramLine;
  readonly #epochMs: number;
  readonly #channels: () => Channels;
  // By name: a name stands for the same bytes for ever, so nothing here gets wrong.
  readonly #files = new Map<string, Uint8Array>();
  #playlist: { readonly key: string; readonly bytes: Uint8Array | undefined } | undefined;

  /** @param options `channels` of the program, for now: it may change before air */
  constructor(options: { line: ProgramLine; epochMs: number; channels: () => Channels }) {
    this.#line = options.line;
    this.#epochMs = options.epochMs;
    this.#channels = options.channels;
  }

  /** What can be fetched now; undefined before the first frame. */
  get extent(): Extent | undefined {
    const { first, head, finished } = this.#line;
    return first === undefined || head === undefined ? undefined : extentOf(first, head, finished);
  }

  /** Called whenever the line has grown. */
  grown(): void {
    if (this.waiters.size === 0) return;
    const { extent } = this;
    if (extent?.ended) this.waiters.releaseAll("reached");
    else if (extent !== undefined) this.waiters.reach(extent.end);
  }

  /** @returns undefined while there is no whole segment yet */
  playlist(): Uint8Array | undefined {
    const { extent } = this;
    if (extent === undefined) return undefined;
    const channels = this.#channels();
    const key = `${firstSegment(extent)}-${extent.end}-${extent.ended}-${channels}`;
    if (this.#playlist?.key !== key) {
      const text = renderPlaylist(extent, this.#epochMs, channels);
      this.#playlist = { key, bytes: text === undefined ? undefined : Buffer.from(text) };
    }
    return this.#playlist.bytes;
  }

  /** A segment or part by name and span. @returns undefined where it isn't held, or not yet */
  file(name: string, span: Span): Uint8Array | undefined {
    const { extent } = this;
    const clipped = extent && clip(span, extent);
    if (clipped === undefined || !isHeld(clipped, extent!)) return undefined;
    const known = this.#files.get(name);
    if (known !== undefined) return known;
    const bytes = fragments(this.#line.range(clipped.from, clipped.to - 1));
    this.#files.set(name, bytes);
    // The oldest entry goes: what is asked for is nearly always what has just been made.
    if (this.#files.size > BOUNDS.hlsFiles) this.#files.delete(this.#files.keys().next().value!);
    return bytes;
  }

  /** Nobody is left waiting. */
  close(): void {
    this.waiters.releaseAll("closed");
  }
}

/** One fragment for each part: a segment is its parts, one after the other. */
function fragments(frames: readonly ProgramFrame[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < frames.length; at += PART_FRAMES) {
    const part = frames.slice(at, at + PART_FRAMES);
    const firstFrame = part[0]!.number;
    parts.push(
      opusFragment({
        sequence: firstFrame / PART_FRAMES + 1,
        firstFrame,
        packets: part.map((frame) => frame.packet),
        segmentStart: firstFrame % SEGMENT_FRAMES === 0,
      }),
    );
  }
  return Buffer.concat(parts);
}
