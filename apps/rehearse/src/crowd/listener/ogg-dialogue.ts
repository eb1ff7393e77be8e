import { OggPageReader } from "@rostra/sound";
import { FRAME_SAMPLES, WireError } from "@rostra/wire";
import type { Dialogue, DialogueEvents, DialogueOptions } from "./dialogue.ts";
import { HeadReader, requestHead, withQuery } from "./http-head.ts";
import { RefusalReader } from "./refusal-reader.ts";

/** Layout of a page (RFC 3533, section 6). */
const PAGE = { headBytes: 27, granuleAt: 6, segmentsAt: 26, magic: 0x4f676753 } as const;
/** A lacing value below this ends a packet. */
const FULL_SEGMENT = 255;

/** Endless Ogg/Opus over HTTP, as any player would ask for it. */
export class OggDialogue implements Dialogue {
  readonly opening: string;
  readonly #events: DialogueEvents;
  readonly #pages: OggMeter | OggEar;
  #head: HeadReader | undefined = new HeadReader();
  #refusal: RefusalReader | undefined;

  constructor({ authority, livePath, hop, events, decodes }: DialogueOptions) {
    this.opening = requestHead(withQuery(`${livePath}.ogg`, { hop: hop || undefined }), authority);
    this.#events = events;
    this.#pages = decodes ? new OggEar(events) : new OggMeter(events);
  }

  push(bytes: Buffer, end: number): void {
    let from = 0;
    if (this.#refusal !== undefined) {
      this.#refuse(this.#refusal, bytes, 0, end);
      return;
    }
    if (this.#head !== undefined) {
      const read = this.#head.push(bytes, 0, end);
      if (read === undefined) return;
      if (read.head.status !== 200) {
        this.#refusal = new RefusalReader(read.head);
        this.#refuse(this.#refusal, bytes, read.bodyAt, end);
        return;
      }
      if (read.head.headers.has("transfer-encoding")) {
        throw new WireError(
          "bad-message",
          "the stream comes in HTTP chunks: a proxy is in between",
        );
      }
      this.#head = undefined;
      from = read.bodyAt;
    }
    this.#pages.push(bytes, from, end);
  }

  #refuse(reader: RefusalReader, bytes: Buffer, from: number, end: number): void {
    const refusal = reader.push(bytes, from, end);
    if (refusal !== undefined) this.#events.refused(refusal);
  }
}

/** Of each page only its head, as it lies in a shared buffer: no copy unless a read cuts it. */
class OggMeter {
  readonly #events: DialogueEvents;
  #skip = 0;
  #held: Buffer | undefined;

  constructor(events: DialogueEvents) {
    this.#events = events;
  }

  push(bytes: Buffer, from: number, end: number): void {
    let [data, at, to] = [bytes, from, end];
    if (this.#held !== undefined) {
      data = Buffer.concat([this.#held, bytes.subarray(from, end)]);
      [at, to] = [0, data.length];
      this.#held = undefined;
    }
    while (at < to) {
      if (this.#skip === 0) {
        const length = this.#page(data, at, to);
        if (length === -1) {
          this.#held = Buffer.from(data.subarray(at, to));
          return;
        }
        this.#skip = length;
      }
      const step = Math.min(this.#skip, to - at);
      this.#skip -= step;
      at += step;
    }
  }

  /** @returns length of the page; -1 where its head isn't whole */
  #page(data: Buffer, at: number, to: number): number {
    if (to - at < PAGE.headBytes) return -1;
    if (data.readUInt32BE(at) !== PAGE.magic) throw new WireError("bad-message", "not an Ogg page");
    const segments = data[at + PAGE.segmentsAt]!;
    const tableAt = at + PAGE.headBytes;
    if (to - tableAt < segments) return -1;
    let [length, packets] = [PAGE.headBytes + segments, 0];
    for (let index = tableAt; index < tableAt + segments; index += 1) {
      length += data[index]!;
      if (data[index]! < FULL_SEGMENT) packets += 1;
    }
    const granule =
      data.readUInt32LE(at + PAGE.granuleAt + 4) * 2 ** 32 + data.readUInt32LE(at + PAGE.granuleAt);
    // Header pages stand at 0.
    if (granule > 0) this.#events.sound(granule / FRAME_SAMPLES - packets, packets);
    return length;
  }
}

/** Whole pages with their checksums, for those who decode. */
class OggEar {
  readonly #events: DialogueEvents;
  readonly #reader = new OggPageReader();

  constructor(events: DialogueEvents) {
    this.#events = events;
  }

  push(bytes: Buffer, from: number, end: number): void {
    for (const page of this.#reader.push(bytes.subarray(from, end))) {
      const { granulePosition, packets } = page;
      if (granulePosition === undefined || granulePosition === 0) continue;
      const first = granulePosition / FRAME_SAMPLES - packets.length;
      this.#events.sound(first, packets.length);
      this.#events.packets(first, packets);
    }
    if (this.#reader.skippedBytes > 0) throw new WireError("bad-message", "a damaged Ogg page");
  }
}
