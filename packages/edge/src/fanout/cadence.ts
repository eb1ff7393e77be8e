import { type CadenceChange, CadencePolicy } from "./cadence-policy.ts";

/** Between two looks at how busy the loop is, ms. */
const SAMPLE_MS = 1_000;

export interface CadenceOptions {
  /** Keeps the cadence as it is, ms: a multiple of 20. For measurements. */
  readonly pinnedMs?: number | undefined;
  /** Share of the time since the last call in which the event loop was busy, or would have been, 0 to 1. */
  readonly utilisation: () => number;
  /** How late this process came to what was due, in the mean since the last call, ms. */
  readonly lateMs: () => number;
  /** Share of the machine's cores in use since the last call, 0 to 1. */
  readonly machine: () => number;
  /** Who get chunks now. */
  readonly listeners: () => number;
  readonly onChange: (change: CadenceChange) => void;
}

/** How much sound a chunk carries on this edge: measured once a second, told where it changes. */
export class Cadence {
  readonly #options: CadenceOptions;
  readonly #policy = new CadencePolicy();
  #sampledAtMs: number | undefined;

  constructor(options: CadenceOptions) {
    this.#options = options;
  }

  /** What was said last, ms. */
  get ms(): number {
    return this.#options.pinnedMs ?? this.#policy.cadenceMs;
  }

  beat(nowMs: number): void {
    if (this.#options.pinnedMs !== undefined) return;
    this.#sampledAtMs ??= nowMs;
    if (nowMs - this.#sampledAtMs < SAMPLE_MS) return;
    this.#sampledAtMs = nowMs;
    const { utilisation, lateMs, machine, listeners } = this.#options;
    const load = {
      utilisation: utilisation(),
      lateMs: lateMs(),
      machine: machine(),
      listeners: listeners(),
    };
    const change = this.#policy.sample(load, nowMs);
    if (change !== undefined) this.#options.onChange(change);
  }
}
