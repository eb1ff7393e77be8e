import { expect } from "vitest";

/** A media playlist taken apart, as far as ours have parts. Durations in seconds. */
export interface ParsedPlaylist {
  readonly targetDuration: number;
  readonly partTarget: number;
  readonly partHoldBack: number;
  readonly mediaSequence: number;
  /** Seconds from the end before which segments may be left out of an update. */
  readonly canSkipUntil: number;
  /** Segments that this one leaves out; 0 in a full playlist. */
  readonly skipped: number;
  /** Empty where it stands in what is left out. */
  readonly map: string;
  readonly segments: readonly ParsedSegment[];
  /** Parts of the segment that is still growing. */
  readonly growing: readonly ParsedPart[];
  readonly preloadHint: string | undefined;
  /** How far other renditions have got. */
  readonly reports: readonly RenditionReport[];
  readonly ended: boolean;
}

interface RenditionReport {
  readonly uri: string;
  readonly lastSegment: number;
  readonly lastPart: number;
}

interface ParsedPart {
  readonly uri: string;
  readonly duration: number;
}

interface ParsedSegment {
  readonly uri: string;
  readonly duration: number;
  readonly dateTime: string;
  readonly parts: readonly ParsedPart[];
}

function attribute(line: string, name: string): string {
  const match = new RegExp(`[:,]${name}=("([^"]*)"|[^,]*)`).exec(line);
  return match?.[2] ?? match?.[1] ?? "";
}

export function parsePlaylist(text: string): ParsedPlaylist {
  expect(text.endsWith("\n")).toBe(true);
  const lines = text.trimEnd().split("\n");
  expect(lines[0]).toBe("#EXTM3U");
  const only = (tag: string): string => {
    const found = lines.filter((line) => line.startsWith(`#${tag}`));
    expect(found, `${tag} once`).toHaveLength(1);
    return found[0]!;
  };
  const control = only("EXT-X-SERVER-CONTROL:");
  expect(Number(only("EXT-X-VERSION:").split(":")[1])).toBeGreaterThanOrEqual(9);
  expect(attribute(control, "CAN-BLOCK-RELOAD")).toBe("YES");
  only("EXT-X-INDEPENDENT-SEGMENTS");
  const segments: ParsedSegment[] = [];
  let parts: ParsedPart[] = [];
  let dateTime = "";
  let duration = Number.NaN;
  for (const line of lines) {
    if (line.startsWith("#EXT-X-PROGRAM-DATE-TIME:")) dateTime = line.slice(25);
    else if (line.startsWith("#EXTINF:")) duration = Number(line.slice(8, -1));
    else if (line.startsWith("#EXT-X-PART:")) {
      expect(attribute(line, "INDEPENDENT")).toBe("YES");
      parts.push({ uri: attribute(line, "URI"), duration: Number(attribute(line, "DURATION")) });
    } else if (!line.startsWith("#")) {
      segments.push({ uri: line, duration, dateTime, parts });
      [parts, dateTime, duration] = [[], "", Number.NaN];
    }
  }
  const skips = lines.filter((line) => line.startsWith("#EXT-X-SKIP:"));
  expect(skips.length).toBeLessThanOrEqual(1);
  const skipped = skips[0] === undefined ? 0 : Number(attribute(skips[0], "SKIPPED-SEGMENTS"));
  // 4.4.5.2: what is skipped comes first.
  if (skipped > 0) {
    expect(lines.indexOf(skips[0]!)).toBeLessThan(
      lines.findIndex((it) => it.startsWith("#EXTINF")),
    );
  }
  const maps = lines.filter((line) => line.startsWith("#EXT-X-MAP:"));
  expect(maps).toHaveLength(skipped > 0 ? 0 : 1);
  const hints = lines.filter((line) => line.startsWith("#EXT-X-PRELOAD-HINT:"));
  expect(hints.length).toBeLessThanOrEqual(1);
  return {
    targetDuration: Number(only("EXT-X-TARGETDURATION:").split(":")[1]),
    partTarget: Number(attribute(only("EXT-X-PART-INF:"), "PART-TARGET")),
    partHoldBack: Number(attribute(control, "PART-HOLD-BACK")),
    mediaSequence: Number(only("EXT-X-MEDIA-SEQUENCE:").split(":")[1]),
    canSkipUntil: Number(attribute(control, "CAN-SKIP-UNTIL")),
    skipped,
    map: maps[0] === undefined ? "" : attribute(maps[0], "URI"),
    segments,
    growing: parts,
    preloadHint: hints[0] && attribute(hints[0], "URI"),
    reports: lines
      .filter((line) => line.startsWith("#EXT-X-RENDITION-REPORT:"))
      .map((line) => ({
        uri: attribute(line, "URI"),
        lastSegment: Number(attribute(line, "LAST-MSN")),
        lastPart: Number(attribute(line, "LAST-PART")),
      })),
    ended: lines.includes("#EXT-X-ENDLIST"),
  };
}

/** An update made whole with what its reader has from before (6.3.7). */
export function expand(before: ParsedPlaylist, delta: ParsedPlaylist): ParsedPlaylist {
  const from = delta.mediaSequence - before.mediaSequence;
  const known = before.segments.slice(from, from + delta.skipped);
  // 6.3.7: with less than that its reader has to ask for all of it.
  expect(known).toHaveLength(delta.skipped);
  return {
    ...delta,
    skipped: 0,
    map: delta.skipped === 0 ? delta.map : before.map,
    segments: [...known, ...delta.segments],
  };
}

const sum = (parts: readonly { duration: number }[]) =>
  parts.reduce((total, part) => total + part.duration, 0);

/** What RFC 8216bis demands of one low-latency playlist. */
export function expectLawful(playlist: ParsedPlaylist): void {
  const { segments, growing, targetDuration, partTarget, ended, mediaSequence } = playlist;
  expect(segments.length).toBeGreaterThan(0);
  // 4.4.3.8: at least twice, better three times the part target.
  expect(playlist.partHoldBack).toBeGreaterThanOrEqual(3 * partTarget);
  // 4.4.3.8: at least six target durations, and nothing nearer to the end is left out.
  expect(playlist.canSkipUntil).toBeGreaterThanOrEqual(6 * targetDuration);
  if (playlist.skipped > 0) {
    expect(sum(segments)).toBeGreaterThanOrEqual(playlist.canSkipUntil);
    expect(ended).toBe(false);
  }
  // 4.4.5.4: one of each other rendition, and it has got as far as this one.
  expect(playlist.reports).toHaveLength(ended ? 0 : 1);
  for (const { lastSegment, lastPart } of playlist.reports) {
    const lastWhole = mediaSequence + playlist.skipped + segments.length - 1;
    expect(lastSegment).toBe(growing.length === 0 ? lastWhole : lastWhole + 1);
    const parts = growing.length === 0 ? segments.at(-1)!.parts : growing;
    expect(lastPart).toBe(parts.length - 1);
  }
  for (const [at, segment] of segments.entries()) {
    // 4.4.3.1: rounded, no segment is longer than the target.
    expect(Math.round(segment.duration)).toBeLessThanOrEqual(targetDuration);
    if (segment.parts.length > 0) expect(sum(segment.parts)).toBeCloseTo(segment.duration, 5);
    const next = segments[at + 1];
    if (next === undefined) continue;
    const gapMs = Date.parse(next.dateTime) - Date.parse(segment.dateTime);
    expect(gapMs).toBe(segment.duration * 1_000);
  }
  const listed = [...segments.flatMap((segment) => segment.parts), ...growing];
  for (const part of listed) expect(part.duration).toBeLessThanOrEqual(partTarget);
  // 4.4.4.9: all but the last part of a segment are at least 85% of the part target.
  for (const { parts } of [...segments, { parts: growing }]) {
    for (const part of parts.slice(0, -1)) {
      expect(part.duration).toBeGreaterThanOrEqual(0.85 * partTarget);
    }
  }
  // 4.4.4.9: parts further from the end than three target durations are left out.
  const withParts = segments.filter((segment) => segment.parts.length > 0);
  expect(sum(withParts)).toBeLessThanOrEqual(3 * targetDuration);
  // 4.4.5.3: a hint names what is not there yet, and none is given at an end.
  expect(playlist.preloadHint === undefined).toBe(ended);
  expect(listed.map((part) => part.uri)).not.toContain(playlist.preloadHint);
  const uris = [...listed, ...segments].map((it) => it.uri);
  expect(new Set(uris).size).toBe(uris.length);
}

/** What RFC 8216bis, section 6.2.1, demands of a playlist and the one before it. */
export function expectLawfulUpdate(before: ParsedPlaylist, after: ParsedPlaylist): void {
  expect(after.targetDuration).toBe(before.targetDuration);
  const removed = after.mediaSequence - before.mediaSequence;
  expect(removed).toBeGreaterThanOrEqual(0);
  const strip = ({ uri, duration, dateTime }: ParsedSegment) => ({ uri, duration, dateTime });
  const kept = before.segments.slice(removed).map(strip);
  expect(after.segments.slice(0, kept.length).map(strip)).toEqual(kept);
  const after0 = [...after.segments.flatMap((segment) => segment.parts), ...after.growing];
  const nextParts = after0.map((part) => part.uri);
  if (before.preloadHint !== undefined && nextParts.length > 0) {
    const last = before.growing.at(-1)?.uri;
    const at = last === undefined ? -1 : nextParts.indexOf(last);
    // The part that was hinted at is the next one.
    if (at >= 0 && at + 1 < nextParts.length) expect(nextParts[at + 1]).toBe(before.preloadHint);
  }
}
