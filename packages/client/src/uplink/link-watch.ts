import type { PeerSample } from "./peer.ts";

/**
 * fine; broken: gone silent, connect anew; closed: the stage said goodbye, which may be meant.
 */
export type LinkVerdict = "fine" | "broken" | "closed";

/** ICE gives itself half a minute; a speaker on air doesn't have it. */
const DISCONNECTED_MS = 1_000;
/** The stage sends 50 packets a second, whether or not anybody speaks. */
const STALLED_MS = 1_000;
/** Packets newer than this prove that the connection works, whatever anybody says. */
const FLOWING_MS = 500;

/** Tells from samples whether a connection still carries sound. */
export class LinkWatch {
  #packets = 0;
  /** When packets last came in; null before the first. */
  #packetsAtMs: number | null = null;
  #disconnectedAtMs: number | null = null;

  observe(sample: PeerSample, nowMs: number): LinkVerdict {
    if (sample.packetsReceived > this.#packets) {
      this.#packets = sample.packetsReceived;
      this.#packetsAtMs = nowMs;
    }
    if (sample.closedByStage) return "closed";
    if (sample.state === "failed" || sample.state === "closed") return "broken";
    if (sample.state !== "disconnected") this.#disconnectedAtMs = null;
    else this.#disconnectedAtMs ??= nowMs;
    const disconnected = nowMs - (this.#disconnectedAtMs ?? nowMs) > DISCONNECTED_MS;
    const stalled = nowMs - (this.#packetsAtMs ?? nowMs) > STALLED_MS;
    return disconnected || stalled ? "broken" : "fine";
  }

  isFlowing(nowMs: number): boolean {
    return this.#packetsAtMs !== null && nowMs - this.#packetsAtMs < FLOWING_MS;
  }
}
