import { OggOpusPager } from "@rostra/sound";
import {
  type Channels,
  fnv1a,
  type ProgramFrame,
  packetOf,
  type Rendition,
  type SpaceId,
} from "@rostra/wire";
import type { ProgramLine } from "../program/line.ts";
import type { Crowd } from "./crowd.ts";
import { Position } from "./position.ts";
import type { Slot } from "./slots.ts";
import type { Writer } from "./writer.ts";

/** Room before the slot's first page for the pages that a newcomer gets before it. */
const FIRST_SEQUENCE = 1_000;

export interface OggSlotOptions {
  readonly crowd: Crowd;
  readonly line: ProgramLine;
  /** Number of the frame that the slot goes on after; undefined before the first. */
  readonly end: number | undefined;
  readonly writer: Writer;
  readonly spaceId: SpaceId;
  /** What its listeners get for the moment. A stream may change over at any packet. */
  readonly rendition: () => Rendition;
}

/** Ogg/Opus listeners: they share one position, one run of page numbers and all bytes. */
export class OggSlot implements Slot {
  readonly crowd: Crowd;
  readonly #options: OggSlotOptions;
  readonly #serial: number;
  readonly #pager: OggOpusPager;
  readonly #position = new Position();
  #prologue: Uint8Array | undefined;

  constructor(options: OggSlotOptions) {
    this.crowd = options.crowd;
    this.#options = options;
    // Names the stream: the same on all edges.
    this.#serial = fnv1a(options.spaceId);
    this.#pager = new OggOpusPager(this.#serial, FIRST_SEQUENCE);
    this.#position.skip(options.line, options.end);
  }

  beat(end: number | undefined, nowMs: number): void {
    const { line, writer } = this.#options;
    if (this.crowd.busy) return;
    if (this.crowd.size === 0) {
      if (end !== undefined && end > (this.#position.upTo ?? -1)) {
        this.#position.skip(line, end);
        this.#prologue = undefined;
      }
      return;
    }
    const frames = this.#position.advance(line, end);
    if (frames.length === 0) return;
    this.#prologue = undefined;
    writer.write(this.crowd, this.#pager.page(this.#rendered(frames)), undefined, nowMs);
  }

  /**
   * Headers and the latest second, numbered right up to the slot's next page.
   * @param channels of the program for now: a stream that began as mono stays so, whatever comes
   */
  prologue(title: string, channels: Channels): Uint8Array {
    this.#prologue ??= oggPrologue({
      serial: this.#serial,
      nextSequence: this.#pager.sequence,
      title,
      channels,
      frames: this.#rendered(this.#position.latestSecond(this.#options.line)),
    });
    return this.#prologue;
  }

  #rendered(frames: readonly ProgramFrame[]): readonly ProgramFrame[] {
    const rendition = this.#options.rendition();
    if (rendition === "full") return frames;
    return frames.map((frame) => ({ ...frame, packet: packetOf(frame, rendition) }));
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
  channels: Channels;
  frames: readonly ProgramFrame[];
}): Uint8Array {
  const { serial, nextSequence, frames, title, channels } = options;
  const trial = new OggOpusPager(serial, 0);
  trial.page(frames);
  const soundPages = trial.sequence;
  const pager = new OggOpusPager(serial, nextSequence - soundPages);
  return Buffer.concat([pager.headerPages({ title }, channels), pager.page(frames)]);
}
