import { WireError } from "@rostra/wire";
import type { Dialogue, DialogueEvents, DialogueOptions } from "./dialogue.ts";
import { readFragments } from "./fragment.ts";
import { HeadReader, type HttpHead, refusalOf, requestHead, withQuery } from "./http-head.ts";
import { type PartList, type PartRef, parseParts } from "./playlist.ts";
import { tiersOf } from "./refusal-reader.ts";

/** A playlist is a few KB, a part under one. */
const MAX_BODY_BYTES = 1 << 20;

/**
 * A low-latency HLS player (RFC 8216bis) on one kept connection: blocking reloads of the playlist,
 * each part once, in order.
 */
export class HlsDialogue implements Dialogue {
  readonly opening: string;
  readonly #options: DialogueOptions;
  readonly #events: DialogueEvents;
  #head: HeadReader = new HeadReader();
  #answer: { readonly head: HttpHead; readonly bodyBytes: number } | undefined;
  #body: Buffer[] = [];
  #bodyBytes = 0;
  /** What has been asked for: the playlist, or a part. */
  #asked: PartRef | "playlist" = "playlist";
  #waiting: PartRef[] = [];
  #last: PartRef | undefined;
  #list: PartList | undefined;

  constructor(options: DialogueOptions) {
    this.#options = options;
    this.#events = options.events;
    this.opening = this.#request(withQuery("index.m3u8", { hop: options.hop || undefined }));
  }

  push(bytes: Buffer, end: number): void {
    let at = 0;
    while (at < end) {
      if (this.#answer === undefined) {
        const read = this.#head.push(bytes, at, end);
        if (read === undefined) return;
        at = read.bodyAt;
        this.#begin(read.head);
      }
      const missing = this.#answer!.bodyBytes - this.#bodyBytes;
      const step = Math.min(missing, end - at);
      this.#body.push(Buffer.from(bytes.subarray(at, at + step)));
      this.#bodyBytes += step;
      at += step;
      if (step === missing) this.#finish();
    }
  }

  #begin(head: HttpHead): void {
    const length = Number(head.headers.get("content-length") ?? Number.NaN);
    if (!(length >= 0 && length <= MAX_BODY_BYTES)) {
      throw new WireError("bad-message", "an HLS answer without a usable Content-Length");
    }
    this.#answer = { head, bodyBytes: length };
  }

  #finish(): void {
    const { head } = this.#answer!;
    const body = Buffer.concat(this.#body);
    [this.#answer, this.#body, this.#bodyBytes] = [undefined, [], 0];
    if (head.status !== 200) {
      this.#events.refused({ ...refusalOf(head), tiers: tiersOf(body.toString("utf8")) });
      return;
    }
    if (this.#asked === "playlist") this.#takePlaylist(parseParts(body.toString("utf8")));
    else this.#takePart(body);
    this.#askNext();
  }

  #takePlaylist(list: PartList): void {
    this.#list = list;
    const { parts } = list;
    const last = this.#last;
    this.#waiting =
      last === undefined
        ? parts.slice(-list.holdBackParts)
        : parts.filter((it) => isAfter(it, last));
  }

  #takePart(body: Buffer): void {
    for (const { first, packets } of readFragments(body)) {
      this.#events.sound(first, packets.length);
      if (this.#options.decodes) this.#events.packets(first, packets);
    }
    this.#last = this.#asked as PartRef;
  }

  #askNext(): void {
    const part = this.#waiting.shift();
    if (part !== undefined) {
      this.#asked = part;
      this.#events.send(this.#request(part.uri));
    } else if (this.#list!.ended) {
      this.#events.goodbye("the playlist ended", null);
    } else {
      this.#asked = "playlist";
      const next = this.#list!.next;
      const query = `_HLS_msn=${next.segment}&_HLS_part=${next.part}`;
      this.#events.send(this.#request(`index.m3u8?${query}`));
    }
  }

  #request(name: string): string {
    const path = name.startsWith("/") ? name : `${this.#options.livePath}/${name}`;
    return requestHead(path, this.#options.authority);
  }
}

function isAfter(a: PartRef, b: PartRef): boolean {
  return a.segment > b.segment || (a.segment === b.segment && a.part > b.part);
}
