/** One process of a fleet that makes frames of many spaces, or follows them: for `bench:relay`. */

import { connectNats, joinFleet } from "@rostra/relay";
import {
  FRAME_MS,
  frameNumberAt,
  frameTimeMs,
  newUserId,
  type SpaceId,
  STATE_KEYS,
  type StageTiming,
  systemClock,
} from "@rostra/wire";

/** As voice at 32 and at 16 kbit/s. */
const FULL_BYTES = 80;
const THIN_BYTES = 40;
const BATCH_MS = 5;
/** Stages of a pair say it so often where voices go on as they went, ms; and of so many voices. */
const TIMING_MS = 1_000;
const VOICES = Array.from({ length: 3 }, () => ({ id: newUserId(), gainDb: 3.25 }));

/**
 * Which stage of each of its spaces a process is, and whom it tells the time: the other stage, or everybody, as
 * the version before did.
 */
export interface PairPart {
  readonly second: boolean;
  readonly tells: "the other" | "everybody";
}

export interface MemberOrder {
  readonly name: string;
  readonly natsUrl: string;
  readonly makes: readonly SpaceId[];
  readonly follows: readonly SpaceId[];
  readonly epochMs: number;
  readonly pair?: PairPart | undefined;
  /** Changes of shared state a second. */
  readonly putsPerSecond: number;
}

export interface MemberReport {
  readonly frames: number;
  readonly missing: number;
  /** How old frames were when they came, ms, a sample. */
  readonly agesMs: readonly number[];
  readonly changes: number;
  /** Words of the other stages of its pairs. */
  readonly timings: number;
}

async function main(order: MemberOrder): Promise<void> {
  const buses = await connectNats([{ servers: [order.natsUrl] }]);
  const relay = await joinFleet({ buses, name: order.name });
  const next = new Map<SpaceId, number>();
  let report = { frames: 0, missing: 0, agesMs: [] as number[], changes: 0, timings: 0 };
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
  if (order.pair !== undefined) keepTime(order.pair);
  make();
  change();
  process.on("message", () => {
    process.send?.(report);
    report = { frames: 0, missing: 0, agesMs: [], changes: 0, timings: 0 };
  });
  process.on("disconnect", () => process.exit(0));
  process.send?.("ready");

  /** As a stage that is the first, or the second, of all its spaces: spread over a second. */
  function keepTime({ second, tells }: PairPart): void {
    const said = second ? STATE_KEYS.secondTiming : STATE_KEYS.timing;
    const heard = second ? STATE_KEYS.timing : STATE_KEYS.secondTiming;
    const note = () => {
      report.timings += 1;
    };
    for (const id of order.makes) {
      // As much of a snapshot as the relay looks at.
      if (!second) relay.put(STATE_KEYS.space(id), { secondStageName: "second", revision: 1 });
      if (tells === "everybody") relay.watch(heard(id), note);
      else relay.hear(heard(id), note);
    }
    let turn = 0;
    const turns = TIMING_MS / BATCH_MS;
    setInterval(() => {
      const dueTurn = Math.floor((systemClock.nowMs() - order.epochMs) / BATCH_MS);
      if (turn === 0) turn = dueTurn;
      for (; turn <= dueTurn; turn += 1) {
        for (let at = turn % turns; at < order.makes.length; at += turns) {
          const key = said(order.makes[at]!);
          if (tells === "everybody") relay.put(key, timingNow(), { ephemeral: true });
          else relay.tell(key, timingNow());
        }
      }
    }, BATCH_MS);
  }

  function timingNow(): StageTiming {
    const atMs = systemClock.nowMs() + 0.123;
    const voices = VOICES.map((voice) => ({ ...voice, capturedMs: atMs }));
    return { term: 1, frame: frameNumberAt(order.epochMs, atMs), atMs, voices };
  }

  /** Spaces are spread over the 20 ms, as those of many stages are. */
  function make(): void {
    const firstSlot = Math.floor((systemClock.nowMs() - order.epochMs) / BATCH_MS);
    let slot = firstSlot;
    const slots = FRAME_MS / BATCH_MS;
    const source = order.pair && { term: 1, second: order.pair.second, voices: VOICES.length };
    const timer = () => {
      const now = Math.floor((systemClock.nowMs() - order.epochMs) / BATCH_MS);
      for (; slot <= now; slot += 1) {
        const atMs = order.epochMs + slot * BATCH_MS;
        const number = frameNumberAt(order.epochMs, atMs);
        for (let at = slot % slots; at < order.makes.length; at += slots) {
          const packet = crypto.getRandomValues(new Uint8Array(FULL_BYTES));
          const thin = packet.subarray(0, THIN_BYTES);
          relay.publishFrames(order.makes[at]!, [{ number, packet, thin, holding: false }], source);
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
