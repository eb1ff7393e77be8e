import type { EdgeMetrics } from "../metrics.ts";
import { BitBudget, type Thinning } from "./bit-budget.ts";
import { Cadence } from "./cadence.ts";
import type { CadenceChange } from "./cadence-policy.ts";
import { loopUtilisation, machineUtilisation } from "./utilisation.ts";
import { Writer } from "./writer.ts";

/** How an edge's fan-out is bound, beside what it measures itself. */
export interface PaceOptions {
  /** Megabits a second that may be written to listeners; by default as many as go. */
  readonly mbits?: number;
  /** Keeps the cadence as it is, ms: a multiple of 20 up to 1000. For measurements. */
  readonly cadenceMs?: number;
  /** Share of the time since the last call in which the event loop was busy, 0 to 1. */
  readonly utilisation?: () => number;
  /** How late this process came to what was due, in the mean since the last call, ms. */
  readonly lateMs?: () => number;
  /** Share of the machine's cores in use since the last call, 0 to 1. */
  readonly machine?: () => number;
}

/** Between two looks at what was written, ms. */
const SAMPLE_MS = 1_000;

/** What all rooms of an edge share: how long chunks are, how rich the sound is, who writes. */
export class Pace {
  readonly writer = new Writer();
  readonly #cadence: Cadence;
  readonly #budget: BitBudget;
  readonly #metrics: EdgeMetrics;
  #sampledAtMs = 0;

  constructor(
    options: PaceOptions & {
      readonly metrics: EdgeMetrics;
      readonly onCadence: (change: CadenceChange) => void;
    },
  ) {
    this.#metrics = options.metrics;
    this.#budget = new BitBudget(options.mbits);
    this.#cadence = new Cadence({
      pinnedMs: options.cadenceMs,
      utilisation: options.utilisation ?? loopUtilisation(),
      lateMs: options.lateMs ?? (() => 0),
      machine: options.machine ?? machineUtilisation(),
      listeners: () => {
        const { websocket, ogg, aac } = options.metrics.sums.listeners;
        return websocket + ogg + aac;
      },
      onChange: (change) => {
        this.#metrics.cadence.set(change.cadenceMs);
        options.onCadence(change);
      },
    });
    this.#metrics.cadence.set(this.cadenceMs);
  }

  /** How much sound a chunk carries, as it was told last, ms. */
  get cadenceMs(): number {
    return this.#cadence.ms;
  }

  get thinning(): Thinning {
    return this.#budget.thinning;
  }

  /** Whether the line has no room for more listeners, thin as their sound may be. */
  get lineFull(): boolean {
    return this.#budget.full;
  }

  /** At each pulse, before the rooms' own. */
  beat(nowMs: number): void {
    this.#cadence.beat(nowMs);
    if (nowMs - this.#sampledAtMs < SAMPLE_MS) return;
    this.#sampledAtMs = nowMs;
    this.#budget.sample(this.#metrics.sums.bytes, nowMs);
  }
}
