import { opusFragment, opusInitSegment } from "@rostra/sound";
import { type Channels, type ProgramFrame, packetOf, type Rendition } from "@rostra/wire";
import { BOUNDS } from "../bounds.ts";
import { renderPlaylist } from "./playlist.ts";
import { SealedLine, type SealedLineOptions } from "./sealed-line.ts";
import {
  clip,
  type Extent,
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
  readonly #line: SealedLineOptions["line"];
  readonly #sealed: SealedLine;
  readonly #epochMs: number;
  readonly #channels: () => Channels;
  // By name: a name stands for the same bytes for ever, so nothing here gets wrong.
  readonly #files = new Map<string, Uint8Array>();
  // All for one extent: by rendition, and whether in full.
  readonly #playlists = new Map<string, Uint8Array | undefined>();
  #playlistsOf = "";

  /** @param options `channels` of the program, for now: it may change before air */
  constructor(
    options: Omit<SealedLineOptions, "onSealed"> & { epochMs: number; channels: () => Channels },
  ) {
    this.#line = options.line;
    this.#epochMs = options.epochMs;
    this.#channels = options.channels;
    this.#sealed = new SealedLine({ ...options, onSealed: () => this.#release() });
  }

  /** Of the program, for now: they may change before air. */
  get channels(): Channels {
    return this.#channels();
  }

  /** What can be fetched now; undefined before the first frame. */
  get extent(): Extent | undefined {
    const { first, head, finished } = this.#line;
    const { end } = this.#sealed;
    if (first === undefined || head === undefined || end === undefined) return undefined;
    return { first, end, ended: finished && end === head + 1 };
  }

  /** Called whenever the line has grown. */
  grown(): void {
    this.#sealed.advance();
    this.#release();
  }

  #release(): void {
    if (this.waiters.size === 0) return;
    const { extent } = this;
    if (extent?.ended) this.waiters.releaseAll("reached");
    else if (extent !== undefined) this.waiters.reach(extent.end);
  }

  /** @returns undefined while there is no whole segment yet */
  playlist(rendition: Rendition, delta: boolean): Uint8Array | undefined {
    const { extent } = this;
    if (extent === undefined) return undefined;
    const channels = this.#channels();
    const state = `${firstSegment(extent)}-${extent.end}-${extent.ended}-${channels}`;
    if (this.#playlistsOf !== state) this.#playlists.clear();
    this.#playlistsOf = state;
    const key = `${rendition}-${delta}`;
    if (!this.#playlists.has(key)) {
      const options = { epochMs: this.#epochMs, channels, rendition, delta };
      const text = renderPlaylist(extent, options);
      this.#playlists.set(key, text === undefined ? undefined : Buffer.from(text));
    }
    return this.#playlists.get(key);
  }

  /** A segment or part by name and span. @returns undefined where it isn't held, or not yet */
  file(name: string, span: Span, rendition: Rendition): Uint8Array | undefined {
    const { extent } = this;
    const clipped = extent && clip(span, extent);
    if (clipped === undefined || !isHeld(clipped, extent!)) return undefined;
    const known = this.#files.get(name);
    if (known !== undefined) return known;
    const bytes = fragments(this.#sealed.parts(clipped.from, clipped.to - 1), rendition);
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
function fragments(parts: readonly (readonly ProgramFrame[])[], rendition: Rendition): Uint8Array {
  const fragment = (part: readonly ProgramFrame[]) => {
    const firstFrame = part[0]!.number;
    return opusFragment({
      sequence: firstFrame / PART_FRAMES + 1,
      firstFrame,
      packets: part.map((frame) => packetOf(frame, rendition)),
      segmentStart: firstFrame % SEGMENT_FRAMES === 0,
    });
  };
  return Buffer.concat(parts.map(fragment));
}
