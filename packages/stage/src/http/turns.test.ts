import { VirtualClock } from "@rostra/testkit";
import { FRAME_MS } from "@rostra/wire";
import { expect, test } from "vitest";
import { TURN, Turns } from "./turns.ts";

/** Asks `count` times at once. @returns how many had their turn, by frame */
async function turnsByFrame(turns: Turns, clock: VirtualClock, count: number, units: number) {
  let had = 0;
  for (let i = 0; i < count; i += 1) {
    void turns.take(units).then(() => {
      had += 1;
    });
  }
  const byFrame: number[] = [];
  for (let before = 0; had < count; before = had) {
    await settled();
    byFrame.push(had - before);
    clock.advance(FRAME_MS);
  }
  return byFrame;
}

async function settled(): Promise<void> {
  for (let i = 0; i < 10; i += 1) await Promise.resolve();
}

test("whoever comes alone never waits", async () => {
  const clock = new VirtualClock();
  const turns = new Turns({ clock });
  for (let i = 0; i < 50; i += 1) {
    await turns.take(TURN.connection);
    clock.advance(FRAME_MS);
  }
});

test("of a flood each frame takes its share", async () => {
  const clock = new VirtualClock();
  const byFrame = await turnsByFrame(new Turns({ clock, unitsPerFrame: 4 }), clock, 20, 1);
  expect(byFrame).toEqual([4, 4, 4, 4, 4]);
});

test("who takes more than is left of a frame is paid for by the next ones", async () => {
  const clock = new VirtualClock();
  const byFrame = await turnsByFrame(new Turns({ clock, unitsPerFrame: 4 }), clock, 40, 6);
  expect(Math.max(...byFrame)).toBe(1);
  // 240 units at 4 a frame are 60 frames; the last one begins before they are over.
  expect(byFrame.length).toBeGreaterThan(57);
  expect(byFrame.length).toBeLessThan(61);
});

test("who comes when hundreds wait is refused", async () => {
  const clock = new VirtualClock();
  const turns = new Turns({ clock, unitsPerFrame: 1 });
  const answers = Array.from({ length: 500 }, () => turns.take(1).then(String, String));
  turns.close();
  const refused = (await Promise.all(answers)).filter((answer) => answer.includes("too many"));
  expect(refused).toHaveLength(99);
});

test("who waits is let go when the stage closes", async () => {
  const clock = new VirtualClock();
  const turns = new Turns({ clock, unitsPerFrame: 1 });
  const waiting = [turns.take(1), turns.take(1), turns.take(1)];
  turns.close();
  await Promise.all(waiting);
  expect(clock.pending).toBe(0);
});
