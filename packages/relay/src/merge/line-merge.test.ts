import type { FrameSource, ProgramFrame } from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SpaceMemory } from "../frame-memory.ts";
import { HELD_FRAMES } from "./held-frames.ts";
import { ALL_SILENT_MS, LineMerge } from "./line-merge.ts";
import type { HeardSource } from "./preference.ts";
import { WHOLE_FRAMES } from "./wholeness.ts";

const FRAME_MS = 20;

/** One follower: what it takes at which time, and what has gone out. */
class Follower {
  readonly out: ProgramFrame[] = [];
  readonly counts = { filled: 0, fenced: 0, crossed: [] as string[] };
  nowMs = 0;
  readonly merge = new LineMerge(new SpaceMemory(), {
    filled: (frames) => (this.counts.filled += frames),
    fenced: (frames) => (this.counts.fenced += frames),
    crossed: ({ term, second }) => this.counts.crossed.push(nameOf({ term, second })),
  });

  get numbers(): number[] {
    return this.out.map(({ number }) => number);
  }

  /** Who made what went out, frame by frame: `1st/0`. */
  get sources(): string[] {
    return this.out.map(({ packet }) => new TextDecoder().decode(packet));
  }

  hear(source: HeardSource, ...numbers: number[]): this {
    for (const number of numbers) this.hold(source, number, false);
    return this;
  }

  /** One frame, of the holding sound or not. */
  hold(source: HeardSource, number: number, holding: boolean): this {
    const frame = { ...frameOf(source, number), holding };
    this.out.push(...this.merge.take([frame], source, this.nowMs));
    return this;
  }

  /** Time passes; what is due is asked for as a frame's timer would. */
  pass(ms: number): this {
    for (const untilMs = this.nowMs + ms; this.nowMs < untilMs; ) {
      this.nowMs = Math.min(this.nowMs + FRAME_MS, untilMs);
      if (this.merge.heldFrames > 0) this.out.push(...this.merge.due(this.nowMs));
    }
    return this;
  }

  /** Frames of several sources at their pace, from number `from` on. */
  hearOn(from: number, count: number, ...sources: HeardSource[]): this {
    for (let number = from; number < from + count; number += 1) {
      for (const source of sources) this.hear(source, number);
      this.pass(FRAME_MS);
    }
    return this;
  }
}

const nameOf = ({ term, second }: FrameSource) => `${second ? "2nd" : "1st"}/${term}`;
const first = (term = 0): FrameSource => ({ term, second: false });
const second = (term = 0): FrameSource => ({ term, second: true });

function frameOf(source: FrameSource, number: number): ProgramFrame {
  return { number, packet: new TextEncoder().encode(nameOf(source)), holding: false };
}

const upTo = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe("the line of a space with one stage", () => {
  it("goes out as it comes, at once, whatever its order", () => {
    const it = new Follower()
      .hear(first(), 5, 6)
      .hear(first(), 9)
      .hear(first(), 7)
      .hear(first(), 9);
    expect(it.numbers).toEqual([5, 6, 9, 7]);
    expect(it.merge.heldFrames).toBe(0);
  });
});

describe("the line of a pair", () => {
  it("is the first stage's while it speaks, wherever the second's numbers are", () => {
    for (const offset of [-5, 0, 7]) {
      const it = new Follower();
      for (let n = 100; n < 200; n += 1)
        it.hear(second(), n + offset)
          .hear(first(), n)
          .pass(20);
      expect(it.numbers.filter((n) => n >= 100)).toEqual(upTo(100, 199));
      expect(it.sources.filter((_, at) => it.numbers[at]! >= 100)).not.toContain("2nd/0");
      expect(it.counts.crossed).toEqual([]);
    }
  });

  it("takes from the second what the first leaves out, two frames later", () => {
    const it = new Follower().hear(first(), 1).hear(second(), 2).hear(first(), 3);
    expect(it.numbers).toEqual([1, 3]);
    it.hear(first(), 4);
    expect(it.numbers).toEqual([1, 3, 2, 4]);
    expect(it.sources).toEqual(["1st/0", "1st/0", "2nd/0", "1st/0"]);
    // What the second says later than that fills at once.
    it.hear(first(), 8).hear(second(), 6);
    expect(it.numbers.at(-1)).toBe(6);
    expect(it.counts).toMatchObject({ filled: 2, crossed: [] });
  });

  it("crosses to the second when the first falls silent, and misses nothing", () => {
    const it = new Follower().hearOn(0, 50, first(), second());
    it.hearOn(50, 2, second());
    expect(it.numbers).toEqual(upTo(0, 51));
    it.hearOn(52, 51, second());
    expect(it.numbers).toEqual(upTo(0, 102));
    expect(it.counts.crossed).toEqual(["2nd/0"]);
  });

  it("stays with the second when the first is back, until that has been whole for a while", () => {
    const it = new Follower().hearOn(0, 10, first(), second()).hearOn(10, 10, second());
    it.hearOn(20, WHOLE_FRAMES - 1, second(), first());
    expect(it.counts.crossed).toEqual(["2nd/0"]);
    expect(it.sources.at(-1)).toBe("2nd/0");
    it.hearOn(20 + WHOLE_FRAMES - 1, 10, second(), first());
    expect(it.counts.crossed).toEqual(["2nd/0", "1st/0"]);
    expect(it.sources.at(-1)).toBe("1st/0");
    expect(it.numbers).toEqual(upTo(0, 20 + WHOLE_FRAMES + 8));
  });

  it("follows again, without another crossing, a first stage that runs a little behind or ahead", () => {
    for (const offset of [-2, 8]) {
      const it = firstIsBack(offset);
      expect(it.counts.crossed).toEqual(["2nd/0", "1st/0"]);
      expect(new Set(it.numbers).size).toBe(it.numbers.length);
    }
  });

  it("stays with the second where the first is so far behind that the line would wait for it", () => {
    expect(firstIsBack(-3).counts.crossed).toEqual(["2nd/0"]);
  });

  /** The first falls silent, and goes on so many frames ahead of the second. */
  function firstIsBack(offset: number): Follower {
    const it = new Follower().hearOn(0, 10, first(), second()).hearOn(10, 20, second());
    for (let n = 30; n < 50 + 2 * WHOLE_FRAMES; n += 1)
      it.hear(second(), n)
        .hear(first(), n + offset)
        .pass(20);
    return it;
  }

  it("leaves a first stage alone for longer each time that it falls silent", () => {
    const it = new Follower().hearOn(0, 10, first(), second()).hearOn(10, 10, second());
    it.hearOn(20, WHOLE_FRAMES + 10, second(), first()).hearOn(1_000, 10, second());
    expect(it.counts.crossed).toEqual(["2nd/0", "1st/0", "2nd/0"]);
    it.hearOn(1_010, WHOLE_FRAMES + 10, second(), first());
    expect(it.counts.crossed).toHaveLength(3);
    it.hearOn(1_020 + WHOLE_FRAMES, WHOLE_FRAMES, second(), first());
    expect(it.counts.crossed).toHaveLength(4);
  });

  it("is the second's alone where the first died before", () => {
    const it = new Follower().hearOn(7, 20, second());
    expect(it.numbers).toEqual(upTo(7, 26));
  });

  it("isn't crossed because we were busy ourselves", () => {
    const it = new Follower().hearOn(0, 10, first(), second());
    it.nowMs += 400;
    // All that waited comes at once, the second's first.
    for (let n = 10; n < 30; n += 1) it.hear(second(), n).hear(first(), n);
    expect(it.counts.crossed).toEqual([]);
    expect(it.numbers).toEqual(upTo(0, 29));
  });

  it("ends with the last that either said when both fall silent", () => {
    const it = new Follower().hearOn(0, 10, first(), second()).hear(second(), 10, 11);
    expect(it.numbers).toEqual(upTo(0, 9));
    it.pass(ALL_SILENT_MS);
    expect(it.numbers).toEqual(upTo(0, 11));
    expect(it.merge.heldFrames).toBe(0);
    it.pass(1_000);
    expect(it.numbers).toEqual(upTo(0, 11));
  });
});

describe("a pair of which one stage is cut off", () => {
  const by = (source: FrameSource, revision: number) => ({ ...source, revision });

  /** Both speak on; the first holds where it has lost its microphones. */
  function cutOff(firsts: HeardSource, seconds: HeardSource, holding: "first" | "second" | "none") {
    const it = new Follower().hearOn(0, 20, by(first(), 1), by(second(), 1));
    for (let n = 20; n < 60; n += 1) {
      it.hold(firsts, n, holding === "first")
        .hold(seconds, n, holding === "second")
        .pass(20);
    }
    expect(it.numbers).toEqual(upTo(0, 59));
    return it;
  }

  it("goes by control's later word, whoever has it: it may be a mute", () => {
    const it = cutOff(by(first(), 1), by(second(), 2), "none");
    expect(it.counts.crossed).toEqual(["2nd/0"]);
    expect(it.sources.indexOf("2nd/0")).toBe(20 + 3);
    // And back where it's the second that hears control no more.
    for (let n = 60; n < 90; n += 1) it.hear(by(second(), 2), n).hear(by(first(), 3), n).pass(20);
    expect(it.counts.crossed).toEqual(["2nd/0", "1st/0"]);
  });

  it("takes the voice where the first has lost its microphones", () => {
    const it = cutOff(by(first(), 1), by(second(), 1), "first");
    expect(it.counts.crossed).toEqual(["2nd/0"]);
    expect(it.out.filter(({ holding }) => holding).length).toBeLessThan(6);
  });

  it("takes the stage that hears more microphones, before the other has nothing to play but holding sound", () => {
    const hears = (source: FrameSource, voices: number) => ({ ...by(source, 1), voices });
    const it = cutOff(hears(first(), 1), hears(second(), 2), "none");
    expect(it.counts.crossed).toEqual(["2nd/0"]);
    expect(it.sources.indexOf("2nd/0")).toBe(20 + 3);
    // Back to it where it's the second that hears fewer; what both have lost changes nothing.
    for (let n = 60; n < 90; n += 1)
      it.hear(hears(second(), 0), n).hear(hears(first(), 1), n).pass(20);
    expect(it.counts.crossed).toEqual(["2nd/0", "1st/0"]);
    for (let n = 90; n < 120; n += 1)
      it.hear(hears(second(), 0), n).hear(hears(first(), 0), n).pass(20);
    expect(it.counts.crossed).toHaveLength(2);
  });

  it("stays where a packet or two of a microphone are missing: that is concealed unheard", () => {
    const hears = (source: FrameSource, voices: number) => ({ ...by(source, 1), voices });
    const it = new Follower();
    for (let n = 0; n < 100; n += 1) {
      const lost = n % 10 < 2 ? 1 : 0;
      it.hear(hears(first(), 2 - lost), n)
        .hear(hears(second(), 2), n)
        .pass(20);
    }
    expect(it.counts.crossed).toEqual([]);
  });

  it("takes no voice from a stage that lags by more than a player's margin: the line would stand meanwhile", () => {
    const hears = (source: FrameSource, voices: number) => ({ ...by(source, 1), voices });
    for (const [lag, crossed] of [
      [4, ["2nd/0"]],
      [40, []],
    ] as const) {
      const it = new Follower().hearOn(0, lag + 1, hears(first(), 2));
      for (let n = lag + 1; n < 200; n += 1) {
        it.hear(hears(first(), 1), n)
          .hear(hears(second(), 2), n - lag)
          .pass(20);
      }
      expect(it.counts.crossed).toEqual(crossed);
    }
  });

  it("never takes a stage that hears more by an older word of control: they may have been muted", () => {
    const more = { ...by(second(), 1), voices: 3 };
    expect(cutOff({ ...by(first(), 2), voices: 2 }, more, "none").counts.crossed).toEqual([]);
  });

  it("never takes a voice by an older word of control: it may have been muted", () => {
    expect(cutOff(by(first(), 2), by(second(), 1), "first").counts.crossed).toEqual([]);
    const unknown = cutOff(first(), second(), "first");
    expect(unknown.counts.crossed).toEqual([]);
  });

  it("doesn't cross back to a first stage that holds, or that control's word hasn't reached", () => {
    for (const [revision, holding] of [
      [1, true],
      [0, false],
    ] as const) {
      const it = new Follower().hearOn(0, 20, by(first(), 1), by(second(), 1));
      it.hearOn(20, 10, by(second(), 1));
      for (let n = 30; n < 60 + WHOLE_FRAMES; n += 1) {
        it.hear(by(second(), 1), n).hold(by(first(), revision), n, holding).pass(20);
      }
      expect(it.counts.crossed).toEqual(["2nd/0"]);
    }
  });
});

describe("a new term", () => {
  it("goes on without a gap when the second becomes the first", () => {
    const it = new Follower().hearOn(0, 20, first(), second()).hearOn(20, 30, second());
    it.hearOn(50, 20, first(1));
    expect(it.numbers).toEqual(upTo(0, 69));
    expect(it.sources.at(-1)).toBe("1st/1");
  });

  it("goes on without a gap when that happens before the first was found silent", () => {
    const it = new Follower().hearOn(0, 20, first(), second()).hearOn(20, 1, second());
    it.hearOn(21, 20, first(1));
    expect(it.numbers).toEqual(upTo(0, 40));
    expect(it.counts.crossed).toEqual([]);
  });

  it("leaves nothing to a stage that was stopped and goes on", () => {
    const it = new Follower().hearOn(0, 20, first(), second()).hearOn(20, 10, second());
    it.hearOn(30, 20, first(1))
      .hear(first(0), ...upTo(20, 60))
      .hear(second(0), 61);
    expect(it.numbers).toEqual(upTo(0, 49));
    expect(it.counts.fenced).toBe(42);
  });

  it("doesn't begin with the word of a new second stage, which has nobody's microphone yet", () => {
    const it = new Follower().hearOn(0, 20, first(), second());
    it.hearOn(20, 20, second(1), second());
    it.hearOn(40, 20, second(1), first(1));
    expect(it.numbers).toEqual(upTo(0, 59));
    expect(it.sources).not.toContain("2nd/1");
  });
});

describe("whatever comes in, in whatever order", () => {
  const sources = [first(0), second(0), first(1), second(1), first(2)];
  const arrival = fc.record({
    source: fc.nat({ max: sources.length - 1 }).map((at) => sources[at]!),
    number: fc.nat({ max: 300 }),
    count: fc.integer({ min: 1, max: 8 }),
    waitMs: fc.oneof({ weight: 5, arbitrary: fc.nat({ max: 20 }) }, fc.nat({ max: 500 })),
  });

  it("no number goes out twice, no old term speaks after a newer one, and little waits", () => {
    fc.assert(
      fc.property(fc.array(arrival, { maxLength: 120 }), (arrivals) => {
        const it = new Follower();
        let newest = -1;
        for (const { source, number, count, waitMs } of arrivals) {
          const before = [it.out.length, it.merge.heldFrames];
          it.hear(source, ...upTo(number, number + count - 1));
          // What an old term says now is not heard, and not kept either.
          if (source.term < newest) expect([it.out.length, it.merge.heldFrames]).toEqual(before);
          expect(it.merge.heldFrames).toBeLessThanOrEqual(HELD_FRAMES);
          it.pass(waitMs);
          const followed = it.counts.crossed.map((each) => Number(each.split("/")[1]));
          newest = Math.max(newest, source.second ? -1 : source.term, ...followed);
        }
        expect(new Set(it.numbers).size).toBe(it.numbers.length);
      }),
    );
  });

  /** Two stages, two paths each: frame n leaves at n times 20 ms, and may be lost or late. */
  const path = fc.record({
    lost: fc.uniqueArray(fc.nat({ max: 119 }), { maxLength: 60 }),
    dead: fc.record({ from: fc.nat({ max: 150 }), to: fc.nat({ max: 150 }) }),
    delayMs: fc.nat({ max: 40 }),
  });
  const stage = fc.record({
    paths: fc.tuple(path, path),
    offset: fc.integer({ min: -5, max: 5 }),
  });

  it("every number goes out that any stage got through on any path", () => {
    fc.assert(
      fc.property(fc.tuple(stage, stage), (stages) => {
        const arrivals: { atMs: number; source: FrameSource; number: number }[] = [];
        stages.forEach(({ paths, offset }, index) => {
          for (const { lost, dead, delayMs } of paths) {
            for (let n = 0; n < 120; n += 1) {
              if (lost.includes(n) || (n >= dead.from && n < dead.to)) continue;
              const atMs = (n + offset + 10) * FRAME_MS + delayMs;
              arrivals.push({ atMs, source: index === 0 ? first() : second(), number: n });
            }
          }
        });
        const it = new Follower();
        for (const { atMs, source, number } of arrivals.sort((a, b) => a.atMs - b.atMs)) {
          it.pass(Math.max(0, atMs - it.nowMs)).hear(source, number);
        }
        it.pass(ALL_SILENT_MS + FRAME_MS);
        const delivered = new Set(arrivals.map(({ number }) => number));
        expect([...it.numbers].sort((a, b) => a - b)).toEqual([...delivered].sort((a, b) => a - b));
        expect(it.merge.heldFrames).toBe(0);
      }),
    );
  });
});
