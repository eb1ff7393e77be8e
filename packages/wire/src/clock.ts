/** Time as the path of the sound sees it. Tests drive a virtual one. */
export interface Clock {
  /** Milliseconds since 1970, with fractions; never goes back while the process lives. */
  nowMs(): number;
  /** Calls `callback` once, `delayMs` from now. */
  after(delayMs: number, callback: () => void): Cancel;
}

export type Cancel = () => void;

/** Wall-clock time at the start of the process plus a monotonic count: a clock step can't tear it. */
export const systemClock: Clock = {
  nowMs: () => performance.timeOrigin + performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
