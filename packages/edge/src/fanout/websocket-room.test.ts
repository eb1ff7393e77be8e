import type { Socket } from "node:net";
import { VirtualClock } from "@rostra/testkit";
import { decodeChunk, FRAME_MS, OPCODE, WebSocketFrameParser } from "@rostra/wire";
import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { BOUNDS } from "../bounds.ts";
import { createEdgeMetrics } from "../metrics.ts";
import { HoldingSound } from "../program/holding.ts";
import { ProgramLine } from "../program/line.ts";
import { ChunkPlan } from "./chunk-plan.ts";
import { newListener } from "./crowd.ts";
import { WebSocketRoom } from "./websocket-room.ts";
import { Writer } from "./writer.ts";

/** A network that takes everything. */
class FakeSocket {
  readonly written: Uint8Array[] = [];
  readonly writableLength = 0;
  readonly destroyed = false;

  write(bytes: Uint8Array, taken?: () => void): void {
    this.written.push(bytes);
    taken?.();
  }
}

/** A room whose line has frames 1 to 1,000, and who listened before they came. */
function openRoom() {
  const clock = new VirtualClock();
  const epochMs = clock.nowMs();
  const line = new ProgramLine({
    ...{ epochMs, holding: new HoldingSound() },
    ...{ onHole: () => {}, onFilled: () => {} },
  });
  const room = new WebSocketRoom({
    ...{ line, clock, loadingPast: () => false, plan: new ChunkPlan(500) },
    ...{ metrics: createEdgeMetrics(new Registry()), writer: new Writer() },
    ...{ thinning: () => "nobody", onTooSlow: () => {} },
  });
  const come = (upTo: number) => {
    const nowMs = epochMs + upTo * FRAME_MS;
    for (let number = (line.head ?? 0) + 1; number <= upTo; number += 1) {
      const packet = Uint8Array.of(0xf8, number & 0xff);
      line.accept({ number, packet, holding: false }, "live", nowMs);
    }
    line.settle(nowMs);
    room.beat(clock.nowMs());
  };
  const join = (from?: number, cadenceMs?: number) => {
    const socket = new FakeSocket();
    const listener = newListener(socket as unknown as Socket, "websocket");
    const wish = { from, sound: true, rendition: "full", cadenceMs } as const;
    const joined = room.join(listener, wish);
    const numbers = numbersIn(joined.first);
    room.resume(listener, joined);
    return { numbers, socket };
  };
  line.begin(1);
  join();
  come(1_000);
  return { clock, room, come, join };
}

function numbersIn(messages: readonly Uint8Array[]): number[] {
  const parser = new WebSocketFrameParser({ maxPayloadBytes: 1 << 20, masked: false });
  return messages
    .flatMap((bytes) => parser.push(bytes))
    .filter(({ opcode }) => opcode === OPCODE.binary)
    .flatMap(({ payload }) => decodeChunk(payload).map(({ number }) => number));
}

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at);

describe("who resumes by number", () => {
  it("and misses little has it with its first bytes, and goes on where its slot does", () => {
    const { come, join } = openRoom();
    const { numbers, socket } = join(981);
    expect(numbers).toEqual(range(981, 1_000));
    expect(socket.written).toEqual([]);
    come(1_050);
    expect(numbersIn(socket.written)).toEqual(range(1_001, 1_050));
  });

  it("and misses nothing waits for what comes next", () => {
    const { come, join } = openRoom();
    const { numbers, socket } = join(1_001);
    expect(numbers).toEqual([]);
    come(1_025);
    expect(numbersIn(socket.written)).toEqual(range(1_001, 1_025));
  });

  it.each([
    ["misses much", 200],
    ["is ahead of this edge", 1_010],
  ])("and %s has each frame once all the same", (_, from) => {
    const { come, join } = openRoom();
    const { numbers, socket } = join(from);
    expect(numbers).toEqual([]);
    for (const upTo of [1_025, 1_050, 1_075]) come(upTo);
    expect(numbersIn(socket.written)).toEqual(range(from, 1_075));
  });
});

describe("who comes from shorter chunks", () => {
  it("gets short ones, each frame once, until its player has gained what long ones take", () => {
    const { clock, come, join } = openRoom();
    const { numbers, socket } = join(991, 200);
    // Up to the newest, wherever its slot stands.
    expect(numbers).toEqual(range(991, 1_000));
    let upTo = 1_000;
    const lengths: number[] = [];
    for (let sinceMs = 0; sinceMs < 9_000; sinceMs += 20) {
      clock.advance(20);
      upTo += 1;
      const before = socket.written.length;
      come(upTo);
      if (socket.written.length > before)
        lengths.push(numbersIn(socket.written.slice(before)).length);
    }
    expect(numbersIn(socket.written)).toEqual(range(1_001, upTo - (upTo % 25)));
    // 300 ms more in a chunk and 225 ms more in hand, at a tenth; two seconds to settle; then its slot's turn.
    const short = lengths.findIndex((length) => length !== 10);
    expect(lengths.slice(0, short)).toEqual(Array(36).fill(10));
    expect(lengths[short]).toBeLessThanOrEqual(25);
    expect(new Set(lengths.slice(short + 1))).toEqual(new Set([25]));
  });

  it("has all there is before a farewell, and nothing after it", () => {
    const { room, come, join } = openRoom();
    const { socket } = join(1_000, 100);
    come(1_003);
    expect(socket.written).toEqual([]);
    expect(room.removeAll(0)).toHaveLength(2);
    come(1_100);
    expect(numbersIn(socket.written)).toEqual(range(1_001, 1_003));
  });

  it("is served as everybody where there are too many", () => {
    const { come, join } = openRoom();
    for (let nth = 0; nth < BOUNDS.easedListeners; nth += 1) join(991, 100);
    const { socket } = join(991, 100);
    come(1_010);
    expect(socket.written).toEqual([]);
    come(1_025);
    expect(numbersIn(socket.written)).toEqual(range(1_001, 1_025));
  });
});
