import { type Channels, FRAME_SAMPLES, type ProgramFrame } from "@rostra/wire";
import { joinBytes } from "../bytes.ts";
import { SILENT_PACKET } from "../opus/packet.ts";
import { type OpusTagsOptions, opusHead, opusTags } from "./opus-headers.ts";
import { OGG, segmentsOf, writeOggPage } from "./page.ts";

const HEADER_PAGES = 2;

/**
 * Writes a program as an endless Ogg/Opus stream (RFC 7845). Pages are the same for all listeners:
 * each is sent the header pages first, whenever it comes, and then the pages that everyone gets.
 * The granule position follows from the frame number alone, so a player shows the space's time.
 */
export class OggOpusPager {
  readonly #serial: number;
  #sequence: number;

  /**
   * @param serial 32 bits that name the stream
   * @param firstSequence number of the first page after the headers; at least 2
   */
  constructor(serial: number, firstSequence = HEADER_PAGES) {
    this.#serial = serial >>> 0;
    this.#sequence = firstSequence >>> 0;
  }

  /** Number that the next page will carry, modulo 2^32. */
  get sequence(): number {
    return this.#sequence;
  }

  /**
   * The two header pages, numbered right before the next page: strict demuxers take a jump in the
   * numbers for loss. They don't count, so whoever comes later gets headers of their own.
   */
  headerPages(tags: OpusTagsOptions = {}, channels: Channels = 1): Uint8Array<ArrayBuffer> {
    const header = (sequence: number, flags: number, packet: Uint8Array) =>
      writeOggPage({
        serial: this.#serial,
        sequence,
        granulePosition: 0,
        flags,
        packets: [packet],
      });
    const first = this.#sequence - HEADER_PAGES;
    return joinBytes([
      header(first, OGG.flags.first, opusHead(channels)),
      header(first + 1, 0, opusTags(tags)),
    ]);
  }

  /**
   * The next page, or pages where the frames don't fit one or aren't consecutive: a page's packets
   * must add up to its granule position. A lost frame (no bytes) becomes silence.
   * @param frames ascending by number
   */
  page(frames: readonly ProgramFrame[]): Uint8Array<ArrayBuffer> {
    const pages: Uint8Array[] = [];
    let packets: Uint8Array[] = [];
    let segments = 0;
    let last: number | undefined;
    const flush = () => {
      if (last !== undefined) pages.push(this.#write(packets, last));
      packets = [];
      segments = 0;
    };
    for (const frame of frames) {
      const packet = frame.packet.length === 0 ? SILENT_PACKET : frame.packet;
      const fits = segments + segmentsOf(packet) <= OGG.maxSegments;
      if (last !== undefined && (!fits || frame.number !== last + 1)) flush();
      packets.push(packet);
      segments += segmentsOf(packet);
      last = frame.number;
    }
    flush();
    return pages.length === 1 ? (pages[0] as Uint8Array<ArrayBuffer>) : joinBytes(pages);
  }

  #write(packets: readonly Uint8Array[], lastFrame: number): Uint8Array {
    const sequence = this.#sequence;
    this.#sequence = (sequence + 1) >>> 0;
    return writeOggPage({
      serial: this.#serial,
      sequence,
      granulePosition: (lastFrame + 1) * FRAME_SAMPLES,
      flags: 0,
      packets,
    });
  }
}
