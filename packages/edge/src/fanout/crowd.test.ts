import type { Socket } from "node:net";
import fc from "fast-check";
import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { BOUNDS } from "../bounds.ts";
import { createEdgeMetrics } from "../metrics.ts";
import { Crowd, type Listener, newListener } from "./crowd.ts";
import { Writer } from "./writer.ts";

/** A network that takes nothing unless it is told to. */
class FakeSocket {
  readonly written: Uint8Array[] = [];
  writableLength = 0;

  write(bytes: Uint8Array): void {
    this.written.push(bytes);
  }
}

function openCrowd(size: number) {
  const givenUp: Listener[] = [];
  const crowd = new Crowd({
    metrics: createEdgeMetrics(new Registry()),
    onTooSlow: (listener) => givenUp.push(listener),
  });
  const sockets = Array.from({ length: size }, () => new FakeSocket());
  const listeners = sockets.map((it) => newListener(it as unknown as Socket, "websocket"));
  for (const listener of listeners) crowd.add(listener);
  return { crowd, sockets, listeners, givenUp };
}

const CHUNK = Uint8Array.of(1, 2, 3);
const EVENT = Uint8Array.of(4);

describe("a crowd", () => {
  it("is all written the very same bytes", () => {
    const { crowd, sockets } = openCrowd(3);
    crowd.write(CHUNK, undefined, 0);
    for (const socket of sockets) expect(socket.written[0]).toBe(CHUNK);
  });

  it("passes over who takes nothing, save for what is essential", () => {
    const { crowd, sockets, givenUp } = openCrowd(3);
    sockets[1]!.writableLength = BOUNDS.socketBytes + 1;
    crowd.write(CHUNK, EVENT, 0);
    crowd.write(CHUNK, undefined, 100);
    expect(sockets.map((socket) => socket.written)).toEqual([
      [CHUNK, CHUNK],
      [EVENT],
      [CHUNK, CHUNK],
    ]);
    expect(givenUp).toEqual([]);
  });

  it("gives up who takes nothing for ten seconds", () => {
    const { crowd, sockets, listeners, givenUp } = openCrowd(3);
    sockets[1]!.writableLength = BOUNDS.socketBytes + 1;
    crowd.write(CHUNK, undefined, 1_000);
    crowd.write(CHUNK, undefined, 1_000 + BOUNDS.tooSlowMs);
    expect(givenUp).toEqual([listeners[1]]);
    expect(crowd.size).toBe(2);
  });

  it("forgives who takes something in between", () => {
    const { crowd, sockets, givenUp } = openCrowd(1);
    const [socket] = sockets;
    socket!.writableLength = BOUNDS.socketBytes + 1;
    crowd.write(CHUNK, undefined, 1_000);
    socket!.writableLength = 0;
    crowd.write(CHUNK, undefined, 2_000);
    socket!.writableLength = BOUNDS.socketBytes + 1;
    crowd.write(CHUNK, undefined, 1_000 + BOUNDS.tooSlowMs);
    expect(givenUp).toEqual([]);
  });

  it("gives up at once where even essentials pile up", () => {
    const { crowd, sockets, givenUp } = openCrowd(2);
    sockets[0]!.writableLength = BOUNDS.socketLimitBytes + 1;
    crowd.write(CHUNK, EVENT, 0);
    expect(givenUp).toHaveLength(1);
    expect(sockets[0]!.written).toEqual([]);
  });

  it("keeps its members' places as they come and go", () => {
    const { crowd, sockets, listeners } = openCrowd(4);
    for (const at of [0, 3, 1]) crowd.remove(listeners[at]!);
    crowd.remove(listeners[0]!);
    crowd.write(CHUNK, undefined, 0);
    expect(sockets.map((socket) => socket.written.length)).toEqual([0, 0, 1, 0]);
    expect(crowd.removeAll()).toEqual([listeners[2]]);
    expect(crowd.size).toBe(0);
  });
});

describe("a round in slices", () => {
  it("writes each member once, whoever leaves or comes in between", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.array(fc.oneof(fc.constant("step"), fc.constant("join"), fc.nat(40)), { maxLength: 40 }),
        (size, moves) => {
          const { crowd, sockets, listeners } = openCrowd(size);
          const gone = new Set<FakeSocket>();
          const late: FakeSocket[] = [];
          crowd.begin(CHUNK, undefined, 0);
          for (const move of moves) {
            if (move === "step") crowd.step(3);
            else if (move === "join") {
              const socket = new FakeSocket();
              late.push(socket);
              crowd.add(newListener(socket as unknown as Socket, "websocket"));
            } else if (typeof move === "number" && move < size) {
              if (sockets[move]!.written.length === 0) gone.add(sockets[move]!);
              crowd.remove(listeners[move]!);
            }
          }
          crowd.step(Number.POSITIVE_INFINITY);
          expect(crowd.busy).toBe(false);
          for (const socket of sockets) {
            expect(socket.written).toEqual(gone.has(socket) ? [] : [CHUNK]);
          }
          for (const socket of late) expect(socket.written).toEqual([]);
        },
      ),
    );
  });

  it("leaves the event loop a turn after each slice, and loses nobody", () => {
    const turns: (() => void)[] = [];
    const writer = new Writer((turn) => turns.push(turn));
    const first = openCrowd(BOUNDS.sliceWrites + 1);
    const second = openCrowd(BOUNDS.sliceWrites);
    writer.write(first.crowd, CHUNK, undefined, 0);
    writer.write(second.crowd, CHUNK, undefined, 0);
    expect(first.crowd.busy && second.crowd.busy).toBe(true);
    const written = () =>
      [...first.sockets, ...second.sockets].filter((socket) => socket.written.length > 0).length;
    expect(written()).toBe(BOUNDS.sliceWrites);
    turns.shift()!();
    expect(written()).toBe(2 * BOUNDS.sliceWrites);
    expect(first.crowd.busy).toBe(false);
    turns.shift()!();
    expect(written()).toBe(2 * BOUNDS.sliceWrites + 1);
    expect(turns).toEqual([]);
  });

  it("moves one who takes nothing for a while to less sound, once it was told so", () => {
    const slow: Listener[] = [];
    const crowd = new Crowd({
      metrics: createEdgeMetrics(new Registry()),
      onTooSlow: () => {},
      onSlow: (listener) => slow.push(listener),
    });
    const socket = new FakeSocket();
    crowd.add(newListener(socket as unknown as Socket, "websocket"));
    socket.writableLength = BOUNDS.socketBytes + 1;
    crowd.write(CHUNK, EVENT, 1_000);
    expect(slow).toEqual([]);
    crowd.write(CHUNK, EVENT, 1_000 + BOUNDS.slowMs);
    expect(slow).toHaveLength(1);
  });
});
