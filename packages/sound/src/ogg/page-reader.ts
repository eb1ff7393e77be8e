import { joinBytes } from "../bytes.ts";
import { oggCrc } from "./crc.ts";
import { OGG } from "./page.ts";

/** One Ogg page, with the packets that end in it. */
export interface OggPage {
  readonly serial: number;
  readonly sequence: number;
  /** Number of the page's last sample; undefined where no packet ends in it. */
  readonly granulePosition: number | undefined;
  /** The first page of a stream. */
  readonly first: boolean;
  readonly last: boolean;
  /** Packets that end in this page, copied: also those that began in the one before. */
  readonly packets: readonly Uint8Array[];
}

/** A packet that spans pages is given up at this size, so that no stream can grow memory. */
const MAX_PACKET_BYTES = 1_048_576;
const NO_PACKETS: readonly Uint8Array[] = [];

/**
 * Takes an Ogg stream apart as it comes in, in pieces of any size. What is no page, or a page
 * with a wrong checksum, is skipped. Streams may follow each other, but not be interleaved.
 */
export class OggPageReader {
  // Less than one whole page: at most 65,307 bytes.
  #pending: Uint8Array = new Uint8Array(0);
  // Parts of a packet that goes on in the next page, and which page that must be.
  #unfinished: Uint8Array[] = [];
  #unfinishedBytes = 0;
  #serial: number | undefined;
  #nextSequence: number | undefined;
  #skippedBytes = 0;

  /** Bytes so far that belonged to no page. */
  get skippedBytes(): number {
    return this.#skippedBytes;
  }

  /** @returns the pages that `bytes` completed */
  push(bytes: Uint8Array): OggPage[] {
    const data = joinBytes([this.#pending, bytes]);
    const pages: OggPage[] = [];
    let at = 0;
    for (;;) {
      const found = findCapture(data, at);
      this.#skippedBytes += found - at;
      at = found;
      const length = pageLength(data, at);
      if (length === undefined) break;
      if (isIntact(data.subarray(at, at + length))) {
        pages.push(this.#read(data.subarray(at, at + length)));
        at += length;
      } else {
        // "OggS" by chance, or a damaged page: the next one may begin right behind.
        this.#skippedBytes += 1;
        at += 1;
      }
    }
    this.#pending = data.slice(at);
    return pages;
  }

  #read(page: Uint8Array): OggPage {
    const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
    const flags = view.getUint8(5);
    const serial = view.getUint32(OGG.serialAt, true);
    const sequence = view.getUint32(OGG.sequenceAt, true);
    const follows = serial === this.#serial && sequence === this.#nextSequence;
    const continued = (flags & OGG.flags.continued) !== 0;
    if (!follows || !continued) this.#dropUnfinished();
    // Without its beginning, the first packet of a continued page is of no use.
    const packets = this.#packets(page, continued && this.#unfinished.length === 0);
    this.#serial = serial;
    this.#nextSequence = (sequence + 1) >>> 0;
    return {
      serial,
      sequence,
      granulePosition: granulePosition(view),
      first: (flags & OGG.flags.first) !== 0,
      last: (flags & OGG.flags.last) !== 0,
      packets,
    };
  }

  /** Cuts the body by its lacing values: 255 says that the packet goes on. */
  #packets(page: Uint8Array, skipFirst: boolean): readonly Uint8Array[] {
    const segments = page[OGG.segmentCountAt]!;
    if (segments === 0) return NO_PACKETS;
    const packets: Uint8Array[] = [];
    let skip = skipFirst;
    let from = OGG.headerBytes + segments;
    let to = from;
    for (let index = 0; index < segments; index += 1) {
      const lacing = page[OGG.headerBytes + index]!;
      to += lacing;
      if (lacing === 255) continue;
      if (!skip) packets.push(joinBytes([...this.#unfinished, page.subarray(from, to)]));
      this.#dropUnfinished();
      skip = false;
      from = to;
    }
    if (page[OGG.headerBytes + segments - 1] === 255 && !skip) this.#keep(page.slice(from, to));
    return packets;
  }

  #keep(part: Uint8Array): void {
    this.#unfinishedBytes += part.length;
    if (this.#unfinishedBytes > MAX_PACKET_BYTES) this.#dropUnfinished();
    else this.#unfinished.push(part);
  }

  #dropUnfinished(): void {
    this.#unfinished = [];
    this.#unfinishedBytes = 0;
  }
}

/** Where the next page may begin: at "OggS", or where the data ends in a beginning of it. */
function findCapture(data: Uint8Array, from: number): number {
  for (let at = data.indexOf(0x4f, from); at !== -1; at = data.indexOf(0x4f, at + 1)) {
    if (
      (at + 1 >= data.length || data[at + 1] === 0x67) &&
      (at + 2 >= data.length || data[at + 2] === 0x67) &&
      (at + 3 >= data.length || data[at + 3] === 0x53)
    ) {
      return at;
    }
  }
  return data.length;
}

/** Length of the page at `at`; undefined while not all of it is there. */
function pageLength(data: Uint8Array, at: number): number | undefined {
  if (data.length - at < OGG.headerBytes) return undefined;
  const bodyAt = at + OGG.headerBytes + data[at + OGG.segmentCountAt]!;
  if (data.length < bodyAt) return undefined;
  let end = bodyAt;
  for (let index = at + OGG.headerBytes; index < bodyAt; index += 1) end += data[index]!;
  return data.length < end ? undefined : end - at;
}

/** Whether the version is known and the checksum, taken with zeros in its own place, is right. */
function isIntact(page: Uint8Array): boolean {
  if (page[4] !== 0) return false;
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  const checksum = view.getUint32(OGG.checksumAt, true);
  const before = oggCrc(page.subarray(0, OGG.checksumAt));
  const zeros = oggCrc(new Uint8Array(4), before);
  return oggCrc(page.subarray(OGG.checksumAt + 4), zeros) === checksum;
}

function granulePosition(view: DataView): number | undefined {
  const low = view.getUint32(OGG.granuleAt, true);
  const high = view.getUint32(OGG.granuleAt + 4, true);
  const value = high * 2 ** 32 + low;
  // All ones stands for "no packet ends here"; nothing real comes near 2^53 samples.
  return Number.isSafeInteger(value) ? value : undefined;
}
