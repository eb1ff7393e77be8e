import { opusFragment, SILENT_PACKET } from "@rostra/sound";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pushCut, Recorder } from "../../../test/support/recorder.ts";
import { readFragments } from "./fragment.ts";
import { HlsDialogue } from "./hls-dialogue.ts";
import { parseParts } from "./playlist.ts";

/** One whole segment, and `growing` parts of the next. */
function playlist(growing: number, ended = false): string {
  const parts = (segment: number, count: number) =>
    Array.from({ length: count }, (_, part) => [
      `#EXT-X-PART:DURATION=0.20,URI="p${segment}.${part}.m4s",INDEPENDENT=YES`,
    ]).flat();
  return [
    "#EXTM3U",
    "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=0.6",
    "#EXT-X-PART-INF:PART-TARGET=0.2",
    "#EXT-X-MEDIA-SEQUENCE:7",
    ...parts(7, 10),
    "#EXTINF:2.00,",
    "s7.m4s",
    ...parts(8, growing),
    ended ? "#EXT-X-ENDLIST" : `#EXT-X-PRELOAD-HINT:TYPE=PART,URI="p8.${growing}.m4s"`,
    "",
  ].join("\n");
}

const part = (firstFrame: number, packets: readonly Uint8Array[]) =>
  opusFragment({ sequence: 1, firstFrame, packets, segmentStart: true });

function answer(body: string | Uint8Array, status = "200 OK"): Uint8Array {
  const bytes = Buffer.from(body);
  return Buffer.concat([
    Buffer.from(`HTTP/1.1 ${status}\r\nContent-Length: ${bytes.length}\r\n\r\n`),
    bytes,
  ]);
}

function begin() {
  const events = new Recorder();
  const options = { authority: "rostra.test", livePath: "/live/x", hop: 0, events, decodes: true };
  const dialogue = new HlsDialogue({ ...options, from: undefined });
  const asked = () => /^GET (\S+)/.exec(String(events.sent.at(-1)))?.[1];
  return { events, dialogue, asked };
}

describe("the parts of a playlist", () => {
  it("are listed in order, with what a reload asks for next", () => {
    const { parts, next, holdBackParts, ended } = parseParts(playlist(2));
    expect(parts.map(({ uri }) => uri).slice(-3)).toEqual(["p7.9.m4s", "p8.0.m4s", "p8.1.m4s"]);
    expect(parts.at(-1)).toMatchObject({ segment: 8, part: 1 });
    expect([next, holdBackParts, ended]).toEqual([{ segment: 8, part: 2 }, 3, false]);
  });

  it("keep their numbers in a delta playlist", () => {
    const delta = playlist(1).replace(
      "#EXT-X-MEDIA-SEQUENCE:7\n",
      "#EXT-X-MEDIA-SEQUENCE:3\n#EXT-X-SKIP:SKIPPED-SEGMENTS=4\n",
    );
    expect(parseParts(delta).next).toEqual({ segment: 8, part: 1 });
  });

  it("are missed in what isn't low-latency, or no playlist", () => {
    expect(() => parseParts("#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:7\n")).toThrow(/no parts/);
    expect(() => parseParts("<html>")).toThrow(/not a playlist/);
  });
});

describe("a media part", () => {
  const aPacket = fc.uint8Array({ minLength: 1, maxLength: 600 });

  it("gives back its packets and their frame numbers", () => {
    fc.assert(
      fc.property(
        fc.nat(2 ** 40),
        fc.array(aPacket, { minLength: 1, maxLength: 20 }),
        (first, packets) => {
          expect(readFragments(part(first, packets))).toEqual([{ first, packets }]);
        },
      ),
    );
  });

  it("is refused without surprises where it's none", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(300), (noise, at) => {
        const broken = Buffer.from(part(5, [SILENT_PACKET]));
        broken.set(noise.subarray(0, 1), at % broken.length);
        for (const bytes of [noise, broken]) {
          try {
            readFragments(bytes);
          } catch (error) {
            expect(error).toMatchObject({ name: "WireError" });
          }
        }
      }),
    );
  });
});

describe("an HLS listener of the crowd", () => {
  it("begins as far from the end as it is told, takes each part once, then waits for the next", () => {
    const { events, dialogue, asked } = begin();
    expect(dialogue.opening).toMatch(/^GET \/live\/x\/index\.m3u8 HTTP\/1\.1\r\n/);
    pushCut(dialogue, answer(playlist(2)), [5, 30, 60, 200]);
    for (const [uri, first] of [
      ["p7.9.m4s", 790],
      ["p8.0.m4s", 800],
      ["p8.1.m4s", 810],
    ] as const) {
      expect(asked()).toBe(`/live/x/${uri}`);
      pushCut(dialogue, answer(part(first, [SILENT_PACKET, SILENT_PACKET])), [50]);
    }
    expect(asked()).toBe("/live/x/index.m3u8?_HLS_msn=8&_HLS_part=2");
    pushCut(dialogue, answer(playlist(3)), []);
    expect(asked()).toBe("/live/x/p8.2.m4s");
    expect(events.sounds).toEqual([
      [790, 2],
      [800, 2],
      [810, 2],
    ]);
    expect(events.heard.map(([number]) => number)).toEqual([790, 791, 800, 801, 810, 811]);
  });

  it("leaves for good at the end of the playlist", () => {
    const { events, dialogue } = begin();
    pushCut(dialogue, answer(playlist(1, true)), []);
    for (const first of [780, 790, 800])
      pushCut(dialogue, answer(part(first, [SILENT_PACKET])), []);
    expect(events.goodbyes).toEqual([["the playlist ended", null]]);
  });

  it("tells what it was refused with, and gives up on an answer without a length", () => {
    const { events, dialogue } = begin();
    pushCut(dialogue, answer("{}", "503 Full\r\nRetry-After: 1"), []);
    expect(events.refusals[0]).toMatchObject({ status: 503, retryAfterMs: 1_000 });
    const bare = Buffer.from("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    expect(() => pushCut(begin().dialogue, bare, [])).toThrow(/Content-Length/);
  });
});
