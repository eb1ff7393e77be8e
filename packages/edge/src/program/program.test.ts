import { memoryRelay } from "@rostra/relay";
import { testSpace, VirtualClock } from "@rostra/testkit";
import { FRAME_MS, frameNumberAt } from "@rostra/wire";
import pino from "pino";
import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { createEdgeMetrics } from "../metrics.ts";
import { HoldingSound } from "./holding.ts";
import { Program } from "./program.ts";

const EPOCH_MS = testSpace().epochMs;
const BEAT_MS = 100;

/** A program that has come by itself for two seconds, 50 ms late, and a beat each 100 ms. */
async function livingProgram(clockAheadMs = 0) {
  const clock = new VirtualClock(EPOCH_MS + clockAheadMs);
  const program = new Program({
    space: testSpace(),
    relay: memoryRelay(clock).join(),
    clock,
    log: pino({ level: "silent" }),
    metrics: createEdgeMetrics(new Registry()),
    holding: new HoldingSound(),
    onGrown: () => {},
  });
  // The relay remembers nothing of this space; that it says so takes a turn.
  await expect.poll(() => program.loadingPast).toBe(false);
  let number = frameNumberAt(EPOCH_MS, EPOCH_MS);
  const send = () => {
    program.accept([{ number, packet: Uint8Array.of(0xf8, number & 0xff), holding: false }]);
    number += 1;
  };
  const live = (ms: number) => {
    for (let passed = 0; passed < ms; passed += FRAME_MS) {
      clock.advance(FRAME_MS);
      send();
      if (passed % BEAT_MS === 0) program.settle(clock.nowMs());
    }
  };
  live(2_000);
  return { program, clock, send, live };
}

const heldIn = (program: Program) => {
  const { first, head } = program.line;
  return program.line.range(first!, head!).filter(({ holding }) => holding).length;
};

it("holds nothing that lay in its sockets while the process stood still", async () => {
  const { program, clock, send, live } = await livingProgram();
  const before = heldIn(program);
  clock.advance(3_000);
  program.settle(clock.nowMs());
  for (let missed = 0; missed < 3_000 / FRAME_MS; missed += 1) send();
  live(1_000);
  expect(heldIn(program)).toBe(before);
});

it("holds what doesn't come once it has read", async () => {
  const { program, clock } = await livingProgram();
  const before = heldIn(program);
  clock.advance(3_000);
  program.settle(clock.nowMs());
  clock.advance(BEAT_MS);
  program.settle(clock.nowMs());
  expect(heldIn(program) - before).toBeGreaterThan(2_000 / FRAME_MS);
});

it("hands out what a stage says whose clock is two seconds from its own", async () => {
  for (const aheadMs of [-2_000, 2_000]) {
    const { program, live } = await livingProgram(aheadMs);
    const before = heldIn(program);
    live(2_000);
    expect(heldIn(program)).toBe(before);
    expect(program.line.head).toBe(199);
  }
});
