import { isObject } from "@rostra/wire";
import type { PeerSample } from "./peer.ts";

type Stats = Pick<PeerSample, "packetsReceived" | "rttMs" | "packetLoss">;

/** What we need of a getStats report (W3C Identifiers for WebRTC's Statistics API). */
export function readStats(entries: Iterable<unknown>): Stats {
  let packetsReceived = 0;
  let rttMs: number | null = null;
  let packetLoss: number | null = null;
  for (const entry of entries) {
    if (!isObject(entry)) continue;
    if (entry["type"] === "inbound-rtp") packetsReceived += numberOr(entry["packetsReceived"], 0);
    if (entry["type"] === "candidate-pair" && entry["nominated"] === true) {
      const seconds = numberOr(entry["currentRoundTripTime"], null);
      if (seconds !== null) rttMs = Math.round(seconds * 1_000);
    }
    if (entry["type"] === "remote-inbound-rtp") {
      packetLoss = numberOr(entry["fractionLost"], packetLoss);
    }
  }
  return { packetsReceived, rttMs, packetLoss };
}

function numberOr<T>(value: unknown, otherwise: T): number | T {
  return typeof value === "number" && Number.isFinite(value) ? value : otherwise;
}
