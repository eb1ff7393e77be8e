import type { PeerSample } from "./peer.ts";

/** ICE gives itself half a minute; a speaker on air doesn't have it. */
const DISCONNECTED_MS = 1_000;
/** The stage sends 50 packets a second, whether or not anybody speaks. */
const STALLED_MS = 1_000;
/** Another connection is begun by then, while this one may still come back. */
const DOUBTFUL_MS = 600;
/**
 * Packets newer than this prove that the connection works, whatever anybody says. A look finds them
 * up to a quarter of a second late.
 */
export const FLOWING_MS = 400;

/** doubtful: it may come back, but another had better be begun. dead: nothing comes any more. */
export type LinkHealth = "good" | "doubtful" | "dead";

/** Tells from samples whether a connection still carries sound. */
export class LinkWatch {
  #packets = 0;
  /** When packets last came in; null before the first. */
  #packetsAtMs: number | null = null;
  #disconnectedAtMs: number | null = null;

  observe(sample: PeerSample, nowMs: number): LinkHealth {
    if (sample.packetsReceived > this.#packets) {
      this.#packets = sample.packetsReceived;
      this.#packetsAtMs = nowMs;
    }
    if (sample.state === "failed" || sample.state === "closed") return "dead";
    if (sample.state !== "disconnected") this.#disconnectedAtMs = null;
    else this.#disconnectedAtMs ??= nowMs;
    const disconnectedMs = nowMs - (this.#disconnectedAtMs ?? nowMs);
    const silentMs = nowMs - (this.#packetsAtMs ?? nowMs);
    if (disconnectedMs > DISCONNECTED_MS || silentMs > STALLED_MS) return "dead";
    const isDoubtful = this.#disconnectedAtMs !== null || silentMs > DOUBTFUL_MS;
    return isDoubtful ? "doubtful" : "good";
  }

  isFlowing(nowMs: number): boolean {
    return this.#packetsAtMs !== null && nowMs - this.#packetsAtMs < FLOWING_MS;
  }
}
