import type { Channels } from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  expectLawful,
  expectLawfulUpdate,
  parsePlaylist,
} from "../../test/support/playlist-rules.ts";
import { reloadTarget, renderPlaylist } from "./playlist.ts";
import { extentOf, parseHlsName, partName, segmentName } from "./timeline.ts";

const EPOCH_MS = Date.parse("2026-01-02T03:04:05.678Z");

const render = (first: number, head: number, ended = false, channels: Channels = 1) =>
  renderPlaylist(extentOf(first, head, ended), EPOCH_MS, channels);

describe("a media playlist", () => {
  it("is not there before the first whole segment", () => {
    expect(render(0, 98)).toBeUndefined();
    expect(render(1, 198)).toBeUndefined();
    expect(render(1, 199)).toBeDefined();
  });

  it("lists 30 s of segments, the parts of the last three, and the part to come", () => {
    const playlist = parsePlaylist(render(0, 10_056)!);
    expectLawful(playlist);
    expect(playlist.mediaSequence).toBe(85);
    expect(playlist.segments).toHaveLength(15);
    expect(playlist.segments.filter((segment) => segment.parts.length === 10)).toHaveLength(3);
    expect(playlist.segments.at(-1)).toMatchObject({
      uri: "s99.m4s",
      duration: 2,
      dateTime: "2026-01-02T03:07:23.678Z",
    });
    expect(playlist.growing.map((part) => part.uri)).toEqual(
      [0, 1, 2, 3, 4].map((p) => `p100.${p}.m4s`),
    );
    expect(playlist.preloadHint).toBe("p100.5.m4s");
  });

  it("names another beginning of the track for stereo, and both are files of ours", () => {
    const [mono, stereo] = [
      parsePlaylist(render(0, 300)!),
      parsePlaylist(render(0, 300, false, 2)!),
    ];
    expect(mono.map).not.toBe(stereo.map);
    expect(parseHlsName(mono.map)).toEqual({ kind: "init", channels: 1 });
    expect(parseHlsName(stereo.map)).toEqual({ kind: "init", channels: 2 });
    expect(stereo.segments).toEqual(mono.segments);
  });

  it("leaves out a first segment that isn't held whole", () => {
    expect(parsePlaylist(render(250, 600)!).mediaSequence).toBe(3);
  });

  it("ends with a segment as short as it came out, and with no hint", () => {
    const playlist = parsePlaylist(render(0, 234, true)!);
    expectLawful(playlist);
    expect(playlist.ended).toBe(true);
    expect(playlist.segments.at(-1)).toMatchObject({ uri: "s2.m4s", duration: 0.7 });
    expect(playlist.segments.at(-1)?.parts.map((part) => part.duration)).toEqual([
      0.2, 0.2, 0.2, 0.1,
    ]);
  });

  it("does not depend on how long an edge has been there", () => {
    expect(render(5_000, 20_000)).toBe(render(12_345, 20_000));
  });

  it("stays lawful however it grows", () => {
    const steps = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.nat(3_000), steps, fc.boolean(), (first, grows, ends) => {
        let head = first + 200;
        let before = parsePlaylist(render(first, head)!);
        for (const [at, frames] of grows.entries()) {
          head += frames;
          const ended = ends && at === grows.length - 1;
          const after = parsePlaylist(render(first, head, ended)!);
          expectLawful(after);
          expectLawfulUpdate(before, after);
          before = after;
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe("a blocking reload", () => {
  it("waits for the end of a segment, or of a part", () => {
    expect(reloadTarget(7, undefined)).toBe(800);
    expect(reloadTarget(7, 0)).toBe(710);
    expect(reloadTarget(7, 9)).toBe(800);
  });

  it("means the next segment where it names a part past the last", () => {
    expect(reloadTarget(7, 10)).toBe(reloadTarget(8, 0));
  });
});

describe("a file's name", () => {
  it("says its numbers", () => {
    fc.assert(
      fc.property(fc.nat(10 ** 9), fc.integer({ min: 0, max: 9 }), (segment, part) => {
        expect(parseHlsName(segmentName(segment))).toEqual({ kind: "segment", segment });
        expect(parseHlsName(partName(segment, part))).toEqual({ kind: "part", segment, part });
      }),
    );
  });

  it.each(["s01.m4s", "s-1.m4s", "s1.mp4", "p1.m4s", "p1.10.m4s", "p1.01.m4s", "s.m4s", "x", ""])(
    "is not %j",
    (name) => {
      expect(parseHlsName(name)).toBeUndefined();
    },
  );
});
