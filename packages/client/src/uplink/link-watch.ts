import type { PeerSample } from "./peer.ts";

/** ICE gives itself half a minute; a speaker on air doesn't have it. */
const DISCONNECTED_MS = 1_000;
/** The stage sends 50 packets a second, whether or not anybody speaks. */
const STALLED_MS = 1_000;
/**
 * Packets newer than this prove that the connection works, whatever anybody says. A look finds them
 * up to a quarter of a second late.
 */
export const FLOWING_MS = 400;

/** Tells from samples whether a connection still carries sound. */
export class LinkWatch {
  #packets = 0;
  /** When packets last came in; null before the first. */
  #packetsAtMs: number | null = null;
  #disconnectedAtMs: number | null = null;

  /** @returns false where it doesn't: time to connect anew */
  observe(sample: PeerSample, nowMs: number): boolean {
    if (sample.packetsReceived > this.#packets) {
      this.#packets = sample.packetsReceived;
      this.#packetsAtMs = nowMs;
    }
    if (sample.state === "failed" || sample.state === "closed") return false;
    if (sample.state !== "disconnected") this.#disconnectedAtMs = null;
    else this.#disconnectedAtMs ??= nowMs;
    const disconnected = nowMs - (this.#disconnectedAtMs ?? nowMs) > DISCONNECTED_MS;
    const stalled = nowMs - (this.#packetsAtMs ?? nowMs) > STALLED_MS;
    return !disconnected && !stalled;
  }

  isFlowing(nowMs: number): boolean {
    return this.#packetsAtMs !== null && nowMs - this.#packetsAtMs < FLOWING_MS;
  }
}
