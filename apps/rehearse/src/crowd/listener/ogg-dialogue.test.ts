import { OggOpusPager, SILENT_PACKET } from "@rostra/sound";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pushCut, Recorder } from "../../../test/support/recorder.ts";
import { OggDialogue } from "./ogg-dialogue.ts";

const HEAD = Buffer.from("HTTP/1.1 200 OK\r\ncontent-type: audio/ogg\r\n\r\n");

function begin(decodes: boolean) {
  const events = new Recorder();
  const options = {
    authority: "rostra.test",
    livePath: "/live/x",
    hop: 0,
    events,
    from: undefined,
  };
  return { events, dialogue: new OggDialogue({ ...options, decodes }) };
}

/** A stream with one page for each list of packets, numbered from `first` on. */
function stream(first: number, pages: readonly (readonly Uint8Array[])[]): Uint8Array {
  const pager = new OggOpusPager(3);
  let number = first;
  const bytes = pages.map((packets) =>
    pager.page(packets.map((packet) => ({ number: number++, packet, holding: false }))),
  );
  return Buffer.concat([HEAD, pager.headerPages({ title: "T" }), ...bytes]);
}

const aPacket = fc.uint8Array({ minLength: 1, maxLength: 600 });
const somePages = fc.array(fc.array(aPacket, { minLength: 1, maxLength: 50 }), { maxLength: 5 });
const cuts = fc.array(fc.nat(100_000), { maxLength: 40 });

describe("an Ogg listener of the crowd", () => {
  it("knows the number of every frame from the page heads alone, however they are cut", () => {
    fc.assert(
      fc.property(
        fc.nat(2 ** 40),
        somePages,
        cuts,
        fc.boolean(),
        (first, pages, places, decodes) => {
          const { events, dialogue } = begin(decodes);
          pushCut(dialogue, stream(first, pages), places);
          const counted = events.sounds.flatMap(([from, count]) =>
            Array.from({ length: count }, (_, at) => from + at),
          );
          const packets = pages.flat();
          expect(counted).toEqual(packets.map((_, at) => first + at));
          const heard = packets.map((packet, at) => [first + at, packet]);
          expect(events.heard).toEqual(decodes ? heard : []);
        },
      ),
    );
  });

  it("gives up on what is no Ogg, and on a damaged page where it decodes", () => {
    const noise = Buffer.concat([HEAD, Buffer.alloc(100, 0x41)]);
    expect(() => pushCut(begin(false).dialogue, noise, [])).toThrow(/not an Ogg page/);
    const bytes = Buffer.from(stream(9, [[SILENT_PACKET], [SILENT_PACKET]]));
    bytes[bytes.length - 1]! ^= 1;
    const tail = stream(9, [Array.from({ length: 50 }, () => new Uint8Array(1_200))]);
    const damaged = Buffer.concat([bytes, tail.subarray(HEAD.length)]);
    expect(() => pushCut(begin(true).dialogue, damaged, [])).toThrow(/damaged/);
  });

  it("tells what it was refused with", () => {
    const { events, dialogue } = begin(false);
    pushCut(
      dialogue,
      Buffer.from("HTTP/1.1 307 Elsewhere\r\nLocation: http://b/live/x.ogg\r\n\r\n"),
      [],
    );
    expect(events.refusals).toEqual([
      { status: 307, retryAfterMs: undefined, location: "http://b/live/x.ogg", tiers: [] },
    ]);
  });
});
