import { SILENT_PACKET } from "@rostra/sound";
import { FRAME_MS, LIMITS, type ProgramFrame } from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HoldingSound } from "./holding.ts";
import { type FillKind, ProgramLine } from "./line.ts";

const EPOCH_MS = 1_700_000_000_000;

/** When frame `number` is 100 ms old: it should be here, and nothing is overdue. */
const soonAfter = (number: number) => EPOCH_MS + number * FRAME_MS + 100;
const LOOP = [0, 1, 2].map((at) => Uint8Array.of(0xf8, 0xff, 0x10 + at));

function frame(number: number): ProgramFrame {
  return { number, packet: Uint8Array.of(0xf8, number & 0xff), holding: false };
}

function openLine(capacityFrames = 1_000) {
  const holding = new HoldingSound();
  holding.use({ packets: LOOP.map((packet) => Buffer.from(packet).toString("base64")) });
  const holes: [number, number][] = [];
  const filled: Partial<Record<FillKind, number>> = {};
  const line = new ProgramLine({
    epochMs: EPOCH_MS,
    holding,
    capacityFrames,
    onHole: (from, to) => holes.push([from, to]),
    onFilled: (kind, frames) => {
      filled[kind] = (filled[kind] ?? 0) + frames;
    },
  });
  const accept = (number: number, nowMs = soonAfter(number)) =>
    line.accept(frame(number), "live", nowMs);
  return { line, holes, filled, accept };
}

describe("a program line", () => {
  it("hands out frames in order, however they come", () => {
    const { line, accept, holes } = openLine();
    line.begin(10);
    for (const number of [10, 12, 11, 13]) accept(number);
    line.settle(soonAfter(13));
    expect(line.head).toBe(13);
    expect(line.range(0, 100).map((it) => it.number)).toEqual([10, 11, 12, 13]);
    expect(holes).toEqual([]);
  });

  it("keeps the first copy of a number", () => {
    const { line, accept } = openLine();
    line.begin(0);
    expect(accept(0)).toBe("stored");
    const late = { number: 0, packet: Uint8Array.of(1), holding: true };
    expect(line.accept(late, "live", soonAfter(0))).toBe("duplicate");
    line.settle(soonAfter(0));
    expect(line.range(0, 0)).toEqual([frame(0)]);
  });

  it("has nothing to hand out before it has begun", () => {
    const { line, accept } = openLine();
    accept(5);
    line.settle(soonAfter(5));
    expect(line.head).toBeUndefined();
    expect(line.range(0, 10)).toEqual([]);
    line.begin(5);
    expect(line.head).toBeUndefined();
    line.settle(soonAfter(5));
    expect(line.head).toBe(5);
  });

  it("asks once for a hole, waits, and takes what comes in time", () => {
    const { line, accept, holes, filled } = openLine();
    line.begin(0);
    for (const number of [0, 3]) accept(number);
    const nowMs = soonAfter(3);
    line.settle(nowMs);
    line.settle(nowMs + 50);
    expect(line.head).toBe(0);
    expect(holes).toEqual([[1, 2]]);
    line.accept(frame(1), "history", nowMs + 60);
    line.accept(frame(2), "history", nowMs + 60);
    line.settle(nowMs + 60);
    expect(line.head).toBe(3);
    expect(filled).toEqual({ history: 2 });
  });

  it("lets a short hole amid sound be concealed when its time is over", () => {
    const { line, accept, filled } = openLine();
    line.begin(0);
    for (const number of [0, 3]) accept(number);
    line.settle(soonAfter(3));
    line.settle(soonAfter(3) + 100);
    expect(line.range(1, 2)).toEqual([
      { number: 1, packet: SILENT_PACKET, holding: false },
      { number: 2, packet: SILENT_PACKET, holding: false },
    ]);
    expect(filled).toEqual({ lost: 2 });
  });

  it("fills a long hole from the holding loop, by number", () => {
    const { line, accept, filled } = openLine();
    line.begin(0);
    for (const number of [0, 10]) accept(number);
    line.settle(soonAfter(10));
    line.settle(soonAfter(10) + 100);
    expect(line.head).toBe(10);
    expect(line.range(4, 4)).toEqual([{ number: 4, packet: LOOP[1], holding: true }]);
    expect(filled).toEqual({ holding: 9 });
  });

  it("goes on with the holding loop, 400 ms behind the clock, when nothing comes", () => {
    const { line, accept, filled } = openLine();
    line.begin(0);
    accept(0);
    line.settle(EPOCH_MS + 399);
    expect(line.head).toBe(0);
    line.settle(EPOCH_MS + 1_000);
    expect(line.head).toBe(30);
    expect(filled).toEqual({ holding: 30 });
    expect(line.range(1, 30).every((it) => it.holding)).toBe(true);
  });

  it("says how far it goes with what a stage has made", () => {
    const { line, accept } = openLine();
    expect(line.newestMade).toBeUndefined();
    line.begin(0);
    line.settle(EPOCH_MS + 600);
    expect([line.head, line.newestMade]).toEqual([10, -1]);
    for (const number of [11, 12]) accept(number);
    line.settle(EPOCH_MS + 600);
    expect([line.head, line.newestMade]).toEqual([12, 12]);
    line.settle(EPOCH_MS + 1_000);
    expect([line.head, line.newestMade]).toEqual([30, 12]);
  });

  it("makes nothing up before the first frame of a space can be there", () => {
    const { line } = openLine();
    line.begin(0);
    line.settle(EPOCH_MS + 399);
    expect(line.head).toBeUndefined();
  });

  it("never changes what it has handed out", () => {
    const { line, accept } = openLine();
    line.begin(0);
    line.settle(EPOCH_MS + 1_000);
    expect(accept(7)).toBe("duplicate");
    expect(line.range(7, 7)[0]?.holding).toBe(true);
  });

  it("goes on with the stage's frames when it is back", () => {
    const { line, accept } = openLine();
    line.begin(0);
    accept(0);
    line.settle(EPOCH_MS + 1_000);
    accept(50, EPOCH_MS + 1_010);
    line.settle(EPOCH_MS + 1_010);
    line.settle(EPOCH_MS + 1_110);
    expect(line.head).toBe(50);
    expect(line.range(31, 49).every((it) => it.holding)).toBe(true);
    expect(line.range(50, 50)[0]?.holding).toBe(false);
  });

  it("refuses frames of a clock that runs far ahead", () => {
    const { line } = openLine();
    line.begin(0);
    expect(line.accept(frame(1_000_000), "live", soonAfter(10))).toBe("ahead");
    expect(line.accept(frame(10), "live", soonAfter(10))).toBe("stored");
  });

  it("takes no frame without a packet, or with one too large to be passed on", () => {
    const { line } = openLine();
    line.begin(0);
    for (const bytes of [0, 1_277]) {
      const unfit = { number: 0, packet: new Uint8Array(bytes), holding: false };
      expect(line.accept(unfit, "live", soonAfter(0))).toBe("unfit");
    }
  });

  it("makes nothing up for a night that the machine slept through", () => {
    const { line, accept, filled } = openLine(100);
    line.begin(0);
    accept(0);
    line.settle(soonAfter(0));
    line.settle(EPOCH_MS + 400 + 1_000_000 * FRAME_MS);
    expect(line.head).toBe(1_000_000);
    expect(filled["holding"]).toBe(1);
  });

  it("ends at the last frame of an ended space", () => {
    const { line, accept } = openLine();
    line.begin(0);
    for (const number of [0, 1, 2, 3]) accept(number);
    line.endAt(5);
    expect(accept(6)).toBe("after-end");
    line.settle(EPOCH_MS + 400);
    expect(line.finished).toBe(false);
    line.settle(EPOCH_MS + 10_000);
    expect(line.finished).toBe(true);
    expect(line.head).toBe(5);
  });

  it("lends others what a stage has made, and nothing of what it made up itself", () => {
    const { line, accept } = openLine();
    expect(line.made(0, 99)).toEqual([]);
    line.begin(0);
    for (const number of [0, 1, 5]) accept(number);
    line.settle(EPOCH_MS + 10_000);
    expect(line.range(0, 5)).toHaveLength(6);
    expect(line.made(0, 99).map(({ number }) => number)).toEqual([0, 1, 5]);
    expect(line.made(1, 4).map(({ number }) => number)).toEqual([1]);
  });

  it("lends at most one answer's worth", () => {
    const { line, accept } = openLine();
    line.begin(0);
    for (let number = 0; number < 300; number += 1) accept(number);
    expect(line.made(20, Number.MAX_SAFE_INTEGER).map(({ number }) => number)).toEqual(
      Array.from({ length: LIMITS.chunkFrames }, (_, at) => 20 + at),
    );
  });

  it("knows what it has made up, as long as it keeps it", () => {
    const { line, accept } = openLine(10);
    const madeUp = () => {
      const numbers = Array.from({ length: 40 }, (_, number) => number);
      return numbers.filter((number) => line.isMadeUp(number));
    };
    line.begin(0);
    for (const number of [0, 1, 4]) accept(number);
    expect(madeUp()).toEqual([]);
    line.settle(soonAfter(4));
    line.settle(soonAfter(4) + 100);
    expect(madeUp()).toEqual([2, 3]);
    accept(3);
    expect(madeUp()).toEqual([2, 3]);
    for (let number = 5; number < 13; number += 1) accept(number);
    expect(madeUp()).toEqual([3]);
    for (let number = 13; number < 25; number += 1) accept(number);
    expect(madeUp()).toEqual([]);
  });

  it("opens backwards over the past that comes later, holes filled, which nobody missed here", () => {
    const { line, accept, filled } = openLine();
    for (const number of [100, 101]) accept(number);
    line.begin(100);
    line.settle(soonAfter(101));
    expect(line.first).toBe(100);
    for (const number of [80, 81, 84]) line.accept(frame(number), "past", soonAfter(101));
    line.openBack();
    expect(line.first).toBe(80);
    const numbers = line.range(0, 200).map((it) => it.number);
    expect(numbers).toEqual(Array.from({ length: 22 }, (_, at) => 80 + at));
    expect(line.range(82, 83).map((it) => it.holding)).toEqual([false, false]);
    expect(line.range(85, 99).every((it) => it.holding)).toBe(true);
    expect(filled).toEqual({});
  });

  it("forgets what falls out of its capacity", () => {
    const { line, accept } = openLine(10);
    line.begin(0);
    for (let number = 0; number < 25; number += 1) {
      accept(number);
      line.settle(soonAfter(number));
    }
    expect(line.first).toBe(15);
    expect(line.range(0, 100).map((it) => it.number)).toEqual([
      15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
    ]);
  });

  it("is contiguous and final whatever order, loss and delay frames come with", () => {
    const arrival = fc.record({
      number: fc.integer({ min: 0, max: 200 }),
      delayMs: fc.integer({ min: 0, max: 900 }),
    });
    fc.assert(
      fc.property(fc.array(arrival, { maxLength: 300 }), (arrivals) => {
        const { line } = openLine();
        line.begin(0);
        const handedOut: ProgramFrame[] = [];
        const byTime = arrivals
          .map(({ number, delayMs }) => ({ number, atMs: number * FRAME_MS + delayMs }))
          .sort((a, b) => a.atMs - b.atMs);
        const step = (nowMs: number) => {
          line.settle(nowMs);
          handedOut.push(...line.range(handedOut.length, line.head ?? -1));
        };
        for (const { number, atMs } of byTime) {
          line.accept(frame(number), "live", EPOCH_MS + atMs);
          step(EPOCH_MS + atMs);
        }
        step(EPOCH_MS + 10_000);
        expect(handedOut.map((it) => it.number)).toEqual(handedOut.map((_, at) => at));
        expect(line.range(0, 10_000)).toEqual(handedOut);
        expect(line.head).toBe((10_000 - 400) / FRAME_MS);
      }),
    );
  });
});
