import { memoryRelay, type Relay, RelayError } from "@rostra/relay";
import { VirtualClock } from "@rostra/testkit";
import { FRAME_MS, newSpaceId, type ProgramFrame } from "@rostra/wire";
import { expect, it } from "vitest";
import { beginLine, openBack } from "./backfill.ts";
import { HoldingSound } from "./holding.ts";
import { ProgramLine } from "./line.ts";

const spaceId = newSpaceId();
const EPOCH_MS = 1_700_000_000_000;

function frames(from: number, to: number): ProgramFrame[] {
  return Array.from({ length: to - from + 1 }, (_, at) => ({
    number: from + at,
    packet: Uint8Array.of(0xf8, at & 0xff),
    holding: false,
  }));
}

/** Fills a new line from a relay that remembers `past`, seen when its last frame is 50 ms old. */
async function backfilled(
  past: readonly ProgramFrame[],
  relay?: Pick<Relay, "history" | "latestFrame">,
) {
  const world = memoryRelay();
  if (past.length > 0) world.join().publishFrames(spaceId, past);
  const clock = new VirtualClock(EPOCH_MS + (past.at(-1)?.number ?? 100) * FRAME_MS + 50);
  const line = new ProgramLine({
    epochMs: EPOCH_MS,
    holding: new HoldingSound(),
    onHole: () => {},
    onFilled: () => {},
  });
  const firstAtBegin: (number | undefined)[] = [];
  const options = { relay: relay ?? world.join(), clock, spaceId, epochMs: EPOCH_MS, line };
  const fill = async () => {
    await beginLine(options);
    line.settle(clock.nowMs());
    firstAtBegin.push(line.first);
    await openBack(options, 0, line.first! - 1);
  };
  return { line, done: fill(), firstAtBegin };
}

it("serves the newest frames first, then all that the relay remembers", async () => {
  const { line, done, firstAtBegin } = await backfilled(frames(1_000, 3_000));
  await done;
  expect(firstAtBegin).toEqual([2_852]);
  expect([line.first, line.head]).toEqual([1_000, 3_000]);
  expect(line.range(0, 9_999)).toHaveLength(2_001);
});

it("bridges outages that are longer than a page", async () => {
  const { line, done } = await backfilled([...frames(100, 200), ...frames(900, 1_900)]);
  await done;
  expect([line.first, line.head]).toEqual([100, 1_900]);
  expect(line.range(0, 9_999)).toHaveLength(1_801);
  expect(line.range(201, 899).every((frame) => frame.holding)).toBe(true);
});

it("begins with the first frame of a young space", async () => {
  const { line, done } = await backfilled(frames(20, 60));
  await done;
  expect([line.first, line.head]).toEqual([20, 60]);
});

it("begins at the grace period where there is no past", async () => {
  const { line, done } = await backfilled([]);
  await done;
  expect(line.first).toBe(82);
});

it("begins all the same when the relay gives no answer, and says so", async () => {
  const fails = () => Promise.reject(new RelayError("timeout", "no answer"));
  const { line, done } = await backfilled([], { history: fails, latestFrame: fails });
  await expect(done).rejects.toThrow("no answer");
  expect(line.first).toBe(82);
});
