import { CADENCE_NOTICE_MS, FRAME_MS } from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { range, World } from "../../../test/support/player-world.ts";

/** An edge as one phase of its listeners sees it, on the player's virtual clock. */
class PhasedEdge {
  readonly #world: World;
  readonly #lateMs: () => number;
  #beatMs: number;
  #sent = -1;
  #lastArrivalMs = 0;

  /** @param lateMs how long each write takes to arrive */
  constructor(world: World, phaseMs: number, lateMs: () => number) {
    this.#world = world;
    this.#beatMs = phaseMs;
    this.#lateMs = lateMs;
  }

  /** Sends chunks of `cadenceMs` for all that is spoken before `untilMs`. */
  sendUntil(untilMs: number, cadenceMs: number): void {
    while (this.#beatMs + cadenceMs <= untilMs) {
      this.#beatMs += cadenceMs;
      const head = Math.floor(this.#beatMs / FRAME_MS) - 1;
      if (head <= this.#sent) continue;
      this.#lastArrivalMs = Math.max(this.#lastArrivalMs, this.#beatMs + this.#lateMs());
      this.#world.arrive(range(this.#sent + 1, head), this.#lastArrivalMs);
      this.#sent = head;
    }
  }

  /** @returns the first frame that comes in a chunk of the new cadence */
  announce(cadenceMs: number, atMs: number, noticeMs: number): number {
    const fromFrame = Math.ceil((atMs + noticeMs) / FRAME_MS);
    const { clock, player } = this.#world;
    clock.after(atMs - clock.nowMs(), () => player.setCadence(cadenceMs, fromFrame));
    return fromFrame;
  }
}

interface Change {
  readonly cadenceMs: number;
  /** How long the cadence before it holds. */
  readonly afterMs: number;
}

/** @returns when all of it has been played, ms */
async function play(
  world: World,
  changes: readonly Change[],
  phaseMs: number,
  lateMs: () => number,
): Promise<void> {
  const edge = new PhasedEdge(world, phaseMs, lateMs);
  let [atMs, cadenceMs] = [0, 100];
  for (const change of changes) {
    atMs += change.afterMs;
    const isLonger = change.cadenceMs > cadenceMs;
    const noticeMs = isLonger ? CADENCE_NOTICE_MS : 0;
    const fromFrame = edge.announce(change.cadenceMs, atMs, noticeMs);
    edge.sendUntil(fromFrame * FRAME_MS, cadenceMs);
    atMs += noticeMs;
    cadenceMs = change.cadenceMs;
  }
  edge.sendUntil(atMs + 12_000, cadenceMs);
  // Ends a chunk before the sound does: what has been sent may well run out then.
  await world.run(atMs + 12_000 - cadenceMs);
}

const UP = [200, 500, 1_000].map((cadenceMs) => ({ cadenceMs, afterMs: 12_000 }));
const DOWN = [500, 200, 100].map((cadenceMs) => ({ cadenceMs, afterMs: 12_000 }));

describe("A player whose edge makes longer chunks", () => {
  it("has built up the delay by then, slower by a tenth at most, and gives it back after", async () => {
    const world = new World();
    await play(world, [...UP, ...DOWN], 0, () => 30);
    expect(world.underruns).toBe(0);
    expect(world.heard).toEqual(range(world.heard[0]!, world.heard.at(-1)!));
    for (let from = 0; from + 100 < world.heard.length; from += 50) {
      expect(world.rateOver(from, from + 100)).toBeGreaterThan(0.885);
    }
    expect(world.delayMs).toBeLessThan(350);
    expect(world.player.lostFrames).toBe(0);
  });

  it("never tells of more than a chunk and a bit", async () => {
    const world = new World();
    await play(world, UP, 40, () => 30);
    expect(world.delayMs).toBeLessThan(2_000);
    expect(world.underruns).toBe(0);
  });

  it("never runs dry with five seconds' notice, whatever its phase and the network's jitter", async () => {
    const aChange = fc.record({
      up: fc.boolean(),
      afterMs: fc.integer({ min: 3_000, max: 30_000 }),
    });
    const ladder = [100, 200, 500, 1_000];
    await fc.assert(
      fc.asyncProperty(
        fc.array(aChange, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 0, max: 99 }),
        fc.array(fc.integer({ min: 20, max: 80 }), { minLength: 20, maxLength: 200 }),
        async (steps, phaseMs, lateness) => {
          let rung = 0;
          const changes: Change[] = [];
          for (const { up, afterMs } of steps) {
            const next = Math.min(ladder.length - 1, Math.max(0, rung + (up ? 1 : -1)));
            if (next !== rung) changes.push({ cadenceMs: ladder[next]!, afterMs });
            rung = next;
          }
          const world = new World();
          let chunk = 0;
          await play(world, changes, phaseMs, () => lateness[chunk++ % lateness.length]!);
          expect(world.underruns).toBe(0);
          expect(world.heard).toEqual(range(world.heard[0]!, world.heard.at(-1)!));
        },
      ),
      { numRuns: 25 },
    );
  });

  it("comes back to steady sound even without notice", async () => {
    const world = new World();
    const edge = new PhasedEdge(world, 0, () => 30);
    edge.sendUntil(10_000, 100);
    edge.sendUntil(40_000, 1_000);
    await world.run(20_000);
    const settled = world.underruns;
    await world.run(19_000);
    expect(world.underruns).toBe(settled);
    expect(world.heard).toEqual(range(world.heard[0]!, world.heard.at(-1)!));
  });
});
