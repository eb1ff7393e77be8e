/** Time as the path of the sound sees it. Tests drive a virtual one. */
export interface Clock {
  /** Milliseconds since 1970, with fractions; never goes back while the process lives. */
  nowMs(): number;
  /** Calls `callback` once, `delayMs` from now. */
  after(delayMs: number, callback: () => void): Cancel;
}

export type Cancel = () => void;

/**
 * How fast a clock that is off is set right: half a millisecond a second, as NTP's own daemons do it
 * (RFC 5905, section 11.3: the frequency tolerance). Nobody hears a frame of 20.01 ms.
 */
const SLEW = 500e-6;
/** A wall clock that is off by more than this was set wrong rather than right: it isn't followed. */
const MOST_MS = 60_000;
/** What reading the wall clock is uncertain by: it tells whole milliseconds. */
const UNCERTAIN_MS = 2;
/** Between two looks at the wall clock, ms; after a longer pause no more than this is made good. */
const LOOK_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/** Where a clock takes its time from. */
export interface TimeSources {
  /** Counts milliseconds from anywhere, evenly, and never back. */
  readonly monotonicMs: () => number;
  /** Milliseconds since 1970, as the machine has it: somebody may set it at any moment. */
  readonly wallMs: () => number;
}

/**
 * The wall clock without its steps: an even count that begins at the wall clock's time and follows
 * it slowly. So frames keep their length and their order whatever the machine's clock does, and
 * processes that began before and after a step come together again.
 * @param startMs the wall clock's time now
 */
export function steadyTime({ monotonicMs, wallMs }: TimeSources, startMs = wallMs()): () => number {
  let lookedAtMs = monotonicMs();
  let offsetMs = startMs - lookedAtMs;
  return () => {
    const countMs = monotonicMs();
    const sinceMs = countMs - lookedAtMs;
    if (sinceMs < LOOK_MS) return countMs + offsetMs;
    lookedAtMs = countMs;
    const offMs = wallMs() - (countMs + offsetMs);
    const size = Math.abs(offMs);
    if (size > UNCERTAIN_MS && size < MOST_MS) {
      const most = SLEW * Math.min(sinceMs, LONGEST_PAUSE_MS);
      offsetMs += Math.max(-most, Math.min(most, offMs));
    }
    return countMs + offsetMs;
  };
}

const nowMs = steadyTime(
  { monotonicMs: () => performance.now(), wallMs: () => Date.now() },
  performance.timeOrigin + performance.now(),
);

/** This process's own. */
export const systemClock: Clock = {
  nowMs,
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
