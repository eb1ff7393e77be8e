/** One process of a fleet that makes frames of many spaces, or follows them: for `bench:relay`. */

import { connectNats, joinFleet } from "@rostra/relay";
import { FRAME_MS, frameNumberAt, frameTimeMs, type SpaceId, systemClock } from "@rostra/wire";

/** As voice at 32 and at 16 kbit/s. */
const FULL_BYTES = 80;
const THIN_BYTES = 40;
const BATCH_MS = 5;

export interface MemberOrder {
  readonly name: string;
  readonly natsUrl: string;
  readonly makes: readonly SpaceId[];
  readonly follows: readonly SpaceId[];
  readonly epochMs: number;
  /** Changes of shared state a second. */
  readonly putsPerSecond: number;
}

export interface MemberReport {
  readonly frames: number;
  readonly missing: number;
  /** How old frames were when they came, ms, a sample. */
  readonly agesMs: readonly number[];
  readonly changes: number;
}

async function main(order: MemberOrder): Promise<void> {
  const buses = await connectNats([{ servers: [order.natsUrl] }]);
  const relay = await joinFleet({ buses, name: order.name });
  const next = new Map<SpaceId, number>();
  let report = { frames: 0, missing: 0, agesMs: [] as number[], changes: 0 };
  for (const id of order.follows) {
    relay.follow(id, {
      take: (frames) => {
        for (const { number } of frames) {
          report.frames += 1;
          report.missing += Math.max(0, number - (next.get(id) ?? number));
          next.set(id, number + 1);
          if (report.frames % 97 !== 0) continue;
          report.agesMs.push(systemClock.nowMs() - frameTimeMs(order.epochMs, number));
        }
      },
      // As an edge, which keeps them in its ring.
      recall: () => [],
    });
  }
  if (order.makes.length === 0) {
    relay.watch("bench/", () => {
      report.changes += 1;
    });
  }
  make();
  change();
  process.on("message", () => {
    process.send?.(report);
    report = { frames: 0, missing: 0, agesMs: [], changes: 0 };
  });
  process.on("disconnect", () => process.exit(0));
  process.send?.("ready");

  /** Spaces are spread over the 20 ms, as those of many stages are. */
  function make(): void {
    const firstSlot = Math.floor((systemClock.nowMs() - order.epochMs) / BATCH_MS);
    let slot = firstSlot;
    const slots = FRAME_MS / BATCH_MS;
    const timer = () => {
      const now = Math.floor((systemClock.nowMs() - order.epochMs) / BATCH_MS);
      for (; slot <= now; slot += 1) {
        const atMs = order.epochMs + slot * BATCH_MS;
        const number = frameNumberAt(order.epochMs, atMs);
        for (let at = slot % slots; at < order.makes.length; at += slots) {
          const packet = crypto.getRandomValues(new Uint8Array(FULL_BYTES));
          const thin = packet.subarray(0, THIN_BYTES);
          relay.publishFrames(order.makes[at]!, [{ number, packet, thin, holding: false }]);
        }
      }
    };
    if (order.makes.length > 0) setInterval(timer, BATCH_MS);
  }

  function change(): void {
    if (order.putsPerSecond === 0) return;
    let puts = 0;
    const fromMs = systemClock.nowMs();
    setInterval(() => {
      const due = ((systemClock.nowMs() - fromMs) * order.putsPerSecond) / 1_000;
      for (; puts < due; puts += 1) relay.put(`bench/${puts % 1_000}`, { listeners: puts });
    }, BATCH_MS);
  }
}

process.once("message", (order: MemberOrder) => void main(order));
