import { WireError } from "./errors.ts";
import type { ProgramFrame } from "./frame.ts";

/** Some forty frames of sound: an array of its own costs as much as the packet that lies in it. */
const PAGE_BYTES = 8_192;
/** `u16 packet length, u16 thin length`. */
const HEAD_BYTES = 4;
const NO_THIN = 0xffff;

/**
 * Packets of frames one behind the other, in a few large arrays. Only ever grows: it's let go of as a
 * whole.
 */
export class FramePages {
  readonly #pages: Uint8Array[] = [];
  #used = PAGE_BYTES;

  /**
   * Copies both packets.
   * @returns where they lie
   * @throws {WireError} `too-large` for more than 65,534 bytes
   */
  add({ packet, thin }: ProgramFrame): number {
    const thinBytes = thin?.length ?? 0;
    if (packet.length >= NO_THIN || thinBytes >= NO_THIN) {
      throw new WireError("too-large", "no packet is as long as that");
    }
    const page = this.#pageFor(HEAD_BYTES + packet.length + thinBytes);
    const offset = this.#used;
    writeU16(page, offset, packet.length);
    writeU16(page, offset + 2, thin === undefined ? NO_THIN : thinBytes);
    page.set(packet, offset + HEAD_BYTES);
    if (thin !== undefined) page.set(thin, offset + HEAD_BYTES + packet.length);
    this.#used += HEAD_BYTES + packet.length + thinBytes;
    return (this.#pages.length - 1) * PAGE_BYTES + offset;
  }

  /** The packets at a place that {@link add} gave: views, not copies. */
  at(place: number): Pick<ProgramFrame, "packet" | "thin"> {
    const page = this.#pages[Math.floor(place / PAGE_BYTES)]!;
    const offset = place % PAGE_BYTES;
    const thinAt = offset + HEAD_BYTES + readU16(page, offset);
    const thinBytes = readU16(page, offset + 2);
    const packet = page.subarray(offset + HEAD_BYTES, thinAt);
    return thinBytes === NO_THIN
      ? { packet }
      : { packet, thin: page.subarray(thinAt, thinAt + thinBytes) };
  }

  #pageFor(bytes: number): Uint8Array {
    const last = this.#pages.at(-1);
    if (last !== undefined && this.#used + bytes <= PAGE_BYTES) return last;
    // A frame that is larger than a page has one for itself.
    const page = new Uint8Array(Math.max(PAGE_BYTES, bytes));
    this.#pages.push(page);
    this.#used = 0;
    return page;
  }
}

// A DataView for each frame would cost more than all the rest.
function writeU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8;
  bytes[at + 1] = value;
}

function readU16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}
