import type { Socket } from "node:net";
import { VirtualClock } from "@rostra/testkit";
import { decodeChunk, FRAME_MS, OPCODE, WebSocketFrameParser } from "@rostra/wire";
import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
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
  const line = new ProgramLine({
    ...{ epochMs: clock.nowMs(), holding: new HoldingSound() },
    ...{ onHole: () => {}, onFilled: () => {} },
  });
  const room = new WebSocketRoom({
    ...{ line, clock, loadingPast: () => false, plan: new ChunkPlan(500) },
    ...{ metrics: createEdgeMetrics(new Registry()), writer: new Writer() },
    ...{ thinning: () => "nobody", onTooSlow: () => {} },
  });
  const come = (upTo: number) => {
    const nowMs = clock.nowMs() + upTo * FRAME_MS;
    for (let number = (line.head ?? 0) + 1; number <= upTo; number += 1) {
      const packet = Uint8Array.of(0xf8, number & 0xff);
      line.accept({ number, packet, holding: false }, "live", nowMs);
    }
    line.settle(nowMs);
    room.beat(clock.nowMs());
  };
  const join = (from?: number) => {
    const socket = new FakeSocket();
    const listener = newListener(socket as unknown as Socket, "websocket");
    const wish = { from, sound: true, rendition: "full" } as const;
    const first = room.join(listener, wish);
    const numbers = numbersIn(first);
    room.resume(listener, wish);
    return { numbers, socket };
  };
  line.begin(1);
  join();
  come(1_000);
  return { room, come, join };
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
