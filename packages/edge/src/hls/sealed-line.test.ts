import { VirtualClock } from "@rostra/testkit";
import { newSpaceId, type ProgramFrame } from "@rostra/wire";
import fc from "fast-check";
import pino from "pino";
import { describe, expect, it } from "vitest";
import { BOUNDS } from "../bounds.ts";
import { HoldingSound } from "../program/holding.ts";
import { ProgramLine } from "../program/line.ts";
import { SealedLine } from "./sealed-line.ts";
import { PART_FRAMES } from "./timeline.ts";

const SETTLED = 3;

function frameOf(number: number): ProgramFrame {
  return { number, packet: Uint8Array.of(0xf8, number >> 8, number & 255), holding: false };
}

/** One edge's view: a line that some frames reach in time, and a relay that has others, too. */
class Edge {
  readonly clock = new VirtualClock();
  readonly holding = new HoldingSound();
  readonly epochMs = this.clock.nowMs();
  asked: [number, number][] = [];
  answer: (from: number, to: number) => Promise<ProgramFrame[]>;
  readonly line = new ProgramLine({
    epochMs: this.epochMs,
    holding: this.holding,
    onHole: () => {},
    onFilled: () => {},
  });
  readonly sealed: SealedLine;

  constructor(remembered: ReadonlySet<number>) {
    this.answer = async (from, to) =>
      Array.from({ length: to - from + 1 }, (_, at) => from + at)
        .filter((number) => remembered.has(number))
        .map(frameOf);
    this.sealed = new SealedLine({
      line: this.line,
      holding: this.holding,
      spaceId: newSpaceId(),
      relay: {
        history: (_, from, to) => {
          this.asked.push([from, to]);
          return this.answer(from, to);
        },
      },
      clock: this.clock,
      log: pino({ level: "silent" }),
      onSealed: () => {},
    });
    this.line.begin(0);
  }

  /** Frames `from` to `to` are over; those that came in time were `inTime`. */
  async live(inTime: Iterable<number>, frames: number): Promise<void> {
    const due = new Set(inTime);
    for (let number = 0; number < frames; number += 1) {
      await this.clock.advance(20);
      if (due.has(number)) this.line.accept(frameOf(number), "live", this.clock.nowMs());
      this.line.settle(this.clock.nowMs());
      this.sealed.advance();
      await Promise.resolve();
    }
    await this.clock.advance(BOUNDS.lateGraceMs + 100);
    this.line.settle(this.clock.nowMs());
    this.sealed.advance();
    for (let turn = 0; turn < SETTLED; turn += 1) await this.clock.advanceSettling(20, 20);
  }

  told(frames: number) {
    return this.sealed
      .parts(0, frames - 1)
      .flat()
      .map(({ number, packet, holding }) => [number, ...packet, holding]);
  }
}

const upTo = (end: number) => Array.from({ length: end }, (_, at) => at);

describe("parts that are handed out", () => {
  it("follow the line, part by part, and ask nobody where nothing is missing", async () => {
    const edge = new Edge(new Set());
    await edge.live(upTo(50), 50);
    expect(edge.sealed.end).toBe(50);
    expect(edge.asked).toEqual([]);
  });

  it("have what the relay remembers, where frames came too late to be heard", async () => {
    const remembered = new Set(upTo(60));
    const [edge, other] = [new Edge(remembered), new Edge(remembered)];
    await edge.live([...upTo(20), ...upTo(60).slice(50)], 60);
    await other.live(upTo(60), 60);
    expect(edge.asked.length).toBeGreaterThan(0);
    expect(edge.told(60)).toEqual(other.told(60));
  });

  it("are handed out all the same where the relay gives no answer", async () => {
    const edge = new Edge(new Set());
    edge.answer = () => new Promise(() => {});
    await edge.live(upTo(20), 40);
    for (let turn = 0; turn < 5; turn += 1) {
      await edge.clock.advanceSettling(BOUNDS.sealAskMs, 100);
    }
    expect(edge.sealed.end).toBeGreaterThanOrEqual(40);
    edge.answer = () => Promise.reject(new Error("gone"));
    const refused = new Edge(new Set());
    refused.answer = edge.answer;
    await refused.live(upTo(20), 40);
    expect(refused.sealed.end).toBeGreaterThanOrEqual(40);
  });

  it("are alike on all edges, whatever reached each of them in time", async () => {
    const frames = 8 * PART_FRAMES;
    const some = fc.uniqueArray(fc.nat(frames - 1), { maxLength: frames });
    await fc.assert(
      fc.asyncProperty(some, some, some, async (lost, lateHere, lateThere) => {
        const remembered = new Set(upTo(frames));
        for (const number of lost) remembered.delete(number);
        const inTime = (late: number[]) => [...remembered].filter((it) => !late.includes(it));
        const [here, there] = [new Edge(remembered), new Edge(remembered)];
        await here.live(inTime(lateHere), frames);
        await there.live(inTime(lateThere), frames);
        expect(here.sealed.end).toBeGreaterThanOrEqual(frames);
        expect(here.told(frames)).toEqual(there.told(frames));
      }),
      { numRuns: 25 },
    );
  });
});
