import { OggOpusPager } from "@rostra/sound";
import type { ProgramFrame, SpaceId } from "@rostra/wire";
import type { ProgramLine } from "../program/line.ts";
import type { Crowd } from "./crowd.ts";
import { Position } from "./position.ts";

/** Room before the group's first page for the pages that a newcomer gets before it. */
const FIRST_SEQUENCE = 1_000;

/** Ogg/Opus listeners: they share one position, one run of page numbers and all bytes. */
export class OggGroup {
  readonly crowd: Crowd;
  readonly #line: ProgramLine;
  readonly #serial: number;
  readonly #pager: OggOpusPager;
  readonly #position = new Position();
  #prologue: Uint8Array | undefined;

  constructor(options: { crowd: Crowd; line: ProgramLine; spaceId: SpaceId }) {
    this.crowd = options.crowd;
    this.#line = options.line;
    this.#serial = serialOf(options.spaceId);
    this.#pager = new OggOpusPager(this.#serial, FIRST_SEQUENCE);
  }

  beat(nowMs: number): void {
    this.#prologue = undefined;
    if (this.crowd.size === 0) {
      this.#position.skip(this.#line);
      return;
    }
    const frames = this.#position.advance(this.#line);
    if (frames.length > 0) this.crowd.write(this.#pager.page(frames), undefined, nowMs);
  }

  /** Headers and the latest second, numbered right up to the group's next page. */
  prologue(title: string): Uint8Array {
    this.#prologue ??= oggPrologue({
      serial: this.#serial,
      nextSequence: this.#pager.sequence,
      title,
      frames: this.#position.latestSecond(this.#line),
    });
    return this.#prologue;
  }
}

/**
 * What comes before page `nextSequence`, for someone who begins here: strict demuxers take a jump
 * in the page numbers for loss.
 */
function oggPrologue(options: {
  serial: number;
  nextSequence: number;
  title: string;
  frames: readonly ProgramFrame[];
}): Uint8Array {
  const { serial, nextSequence, frames, title } = options;
  const trial = new OggOpusPager(serial, 0);
  trial.page(frames);
  const soundPages = trial.sequence;
  const pager = new OggOpusPager(serial, nextSequence - soundPages);
  return Buffer.concat([pager.headerPages({ title }), pager.page(frames)]);
}

/** Names the stream: the same on all edges (FNV-1a of the id). */
function serialOf(spaceId: SpaceId): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < spaceId.length; at += 1) {
    hash = Math.imul(hash ^ spaceId.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}
