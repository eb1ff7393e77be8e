import { SAMPLE_RATE_HZ } from "@rostra/wire";

const SAMPLES_PER_MS = SAMPLE_RATE_HZ / 1000;
/** Browsers read their clock and their sound card a millisecond or two apart, now so, now so. */
const REPORTS = 5;
/** A report that says so much else than those before: the sender's clock was set, ms. */
const SET_MS = 50;

/**
 * When a sender captured what its packets carry, by its own clock: its reports say of one timestamp
 * after the other when that was (RFC 3550, section 6.4.1). The middle one of the last few counts, as
 * the difference between clock and timestamps hardly changes. Pure.
 */
export class SenderClock {
  /** Clock less timestamp, ms, of the last reports, oldest first. */
  #differencesMs: number[] = [];
  #differenceMs: number | undefined;

  /** @param timestamp unwrapped as those of the packets @param atMs by the sender's clock */
  hear(timestamp: number, atMs: number): void {
    const differenceMs = atMs - timestamp / SAMPLES_PER_MS;
    const isSet = Math.abs(differenceMs - (this.#differenceMs ?? differenceMs)) > SET_MS;
    if (isSet) this.#differencesMs = [];
    this.#differencesMs = [...this.#differencesMs.slice(1 - REPORTS), differenceMs];
    const sorted = this.#differencesMs.toSorted((a, b) => a - b);
    this.#differenceMs = sorted[Math.floor(sorted.length / 2)];
  }

  /** When the sample of that timestamp was captured, ms since 1970; undefined before a report. */
  capturedMs(timestamp: number): number | undefined {
    return this.#differenceMs === undefined
      ? undefined
      : timestamp / SAMPLES_PER_MS + this.#differenceMs;
  }

  /** The timestamp of what was captured then; undefined before a report. */
  timestampAt(capturedMs: number): number | undefined {
    return this.#differenceMs === undefined
      ? undefined
      : (capturedMs - this.#differenceMs) * SAMPLES_PER_MS;
  }
}
