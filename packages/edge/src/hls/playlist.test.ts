import { type Channels, RENDITIONS } from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  expand,
  expectLawful,
  expectLawfulUpdate,
  parsePlaylist,
} from "../../test/support/playlist-rules.ts";
import { reloadTarget, renderMultivariant, renderPlaylist } from "./playlist.ts";
import { type Extent, PART_FRAMES, parseHlsName, partName, segmentName } from "./timeline.ts";

const EPOCH_MS = Date.parse("2026-01-02T03:04:05.678Z");

const extentOf = (first: number, head: number, ended: boolean): Extent => {
  const end = ended ? head + 1 : Math.floor((head + 1) / PART_FRAMES) * PART_FRAMES;
  return { first, end, ended };
};
const FULL = { epochMs: EPOCH_MS, rendition: "full", delta: false, channels: 1 } as const;
const render = (first: number, head: number, ended = false, channels: Channels = 1) =>
  renderPlaylist(extentOf(first, head, ended), { ...FULL, channels });
const renderDelta = (first: number, head: number, ended = false) =>
  renderPlaylist(extentOf(first, head, ended), { ...FULL, delta: true });

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

describe("an update", () => {
  it("leaves out what lies more than twelve seconds before the end, and the track's beginning", () => {
    const update = parsePlaylist(renderDelta(0, 10_056)!);
    expectLawful(update);
    expect(update).toMatchObject({ mediaSequence: 85, skipped: 9, map: "" });
    expect(update.segments.map(({ uri }) => uri)).toEqual(
      [94, 95, 96, 97, 98, 99].map((n) => `s${n}.m4s`),
    );
    expect(renderDelta(0, 10_056)!.length).toBeLessThan(0.85 * render(0, 10_056)!.length);
  });

  it("is the full playlist where there is nothing to leave out, and at the end", () => {
    expect(renderDelta(0, 620)).toBe(render(0, 620));
    expect(renderDelta(0, 5_020, true)).toBe(render(0, 5_020, true));
  });

  it("makes the full playlist, with what its reader had, however far that reader was behind", () => {
    fc.assert(
      fc.property(fc.nat(3_000), fc.nat(4_000), fc.nat(590), (first, length, behind) => {
        const head = first + 200 + length;
        // No further than what is skipped, as players must see to (6.3.7).
        const before = parsePlaylist(render(first, Math.max(first + 200, head - behind))!);
        const delta = parsePlaylist(renderDelta(first, head)!);
        expectLawful(delta);
        const full = parsePlaylist(render(first, head)!);
        // Segments that are left out have lost their parts by then.
        const strip = (segments: typeof full.segments) =>
          segments.map(({ uri, duration, dateTime }) => ({ uri, duration, dateTime }));
        const expanded = expand(before, delta);
        expect(strip(expanded.segments)).toEqual(strip(full.segments));
        expect(expanded.segments.slice(delta.skipped)).toEqual(full.segments.slice(delta.skipped));
        expect({ ...expanded, segments: [] }).toEqual({ ...full, segments: [] });
      }),
      { numRuns: 200 },
    );
  });
});

describe("two renditions", () => {
  it("are cut alike, named apart, and say of each other how far they have got", () => {
    const [full, thin] = RENDITIONS.map((rendition) =>
      parsePlaylist(renderPlaylist(extentOf(0, 2_056, false), { ...FULL, rendition })!),
    );
    expectLawful(thin!);
    expect(thin!.segments.map(({ uri }) => uri)).toEqual(
      full!.segments.map(({ uri }) => `t${uri}`),
    );
    expect(full!.reports).toEqual([{ uri: "thin.m3u8", lastSegment: 20, lastPart: 4 }]);
    expect(thin!.reports).toEqual([{ uri: "index.m3u8", lastSegment: 20, lastPart: 4 }]);
  });

  it("stand in one multivariant playlist, with what they take of a link", () => {
    for (const channels of [1, 2] as const) {
      const lines = renderMultivariant(channels).split("\n");
      expect(lines[0]).toBe("#EXTM3U");
      const rates = lines.flatMap((line) => /:BANDWIDTH=(\d+),AVERAGE/.exec(line)?.[1] ?? []);
      expect(Number(rates[0])).toBeGreaterThan(Number(rates[1]));
      expect(lines.filter((line) => /^\w/.test(line))).toEqual(["index.m3u8", "thin.m3u8"]);
    }
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
      fc.property(
        fc.nat(10 ** 9),
        fc.integer({ min: 0, max: 9 }),
        fc.constantFrom(...RENDITIONS),
        (segment, part, rendition) => {
          const whole = { kind: "segment", rendition, segment };
          expect(parseHlsName(segmentName(segment, rendition))).toEqual(whole);
          const one = { kind: "part", rendition, segment, part };
          expect(parseHlsName(partName(segment, part, rendition))).toEqual(one);
        },
      ),
    );
  });

  it.each([
    "s01.m4s",
    "s-1.m4s",
    "s1.mp4",
    "p1.m4s",
    "p1.10.m4s",
    "p1.01.m4s",
    "s.m4s",
    "tts1.m4s",
    "x",
    "",
  ])("is not %j", (name) => {
    expect(parseHlsName(name)).toBeUndefined();
  });
});
