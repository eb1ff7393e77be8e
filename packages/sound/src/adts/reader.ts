import { joinBytes } from "../bytes.ts";
import { ADTS_HEADER_BYTES, readAdtsHeader } from "./header.ts";

/**
 * Cuts an ADTS stream into frames as it comes in, in pieces of any size. Holds back at most one
 * unfinished frame (8 KiB) and a header. After garbage, a frame counts only when another header
 * follows it: the sync word alone is too short to trust.
 */
export class AdtsReader {
  #pending: Uint8Array = new Uint8Array(0);
  #inSync = true;
  #skippedBytes = 0;

  /** Bytes so far that belonged to no frame. */
  get skippedBytes(): number {
    return this.#skippedBytes;
  }

  /** @returns the whole frames, headers included, that `bytes` completed; copies */
  push(bytes: Uint8Array): Uint8Array[] {
    const data = joinBytes([this.#pending, bytes]);
    const frames: Uint8Array[] = [];
    let at = 0;
    while (data.length - at >= ADTS_HEADER_BYTES) {
      const header = readAdtsHeader(data, at);
      const end = at + (header?.frameBytes ?? 0);
      if (header !== undefined && data.length < end + this.#lookAheadBytes()) break;
      if (header === undefined || !this.#isTrusted(data, end)) {
        this.#inSync = false;
        this.#skippedBytes += 1;
        at += 1;
        continue;
      }
      this.#inSync = true;
      frames.push(data.slice(at, end));
      at = end;
    }
    this.#pending = data.slice(at);
    return frames;
  }

  #lookAheadBytes(): number {
    return this.#inSync ? 0 : ADTS_HEADER_BYTES;
  }

  #isTrusted(data: Uint8Array, end: number): boolean {
    return this.#inSync || readAdtsHeader(data, end) !== undefined;
  }
}
