import { connectRelay, memoryRelay } from "@rostra/relay";
import { systemClock } from "@rostra/wire";
import pino from "pino";
import { Registry } from "prom-client";
import { createEdge } from "../../src/index.ts";
import type { VoiceLike } from "../../test/support/voice-like.ts";
import type { FromServer, ServerOrder } from "./message.ts";
import { sum } from "./processes.ts";
import { playStage } from "./stage.ts";

/** A real edge, with the stage that it is told of or one in its own process. */
export async function openEdgeServer(voice: VoiceLike, { cadenceMs, tls, stage }: ServerOrder) {
  const { relay, spaceId } = stage === undefined ? ownStage(voice) : await joinStage(stage);
  const metrics = new Registry();
  const edge = await createEdge({
    name: `edge-${process.pid}`,
    relay,
    clock: systemClock,
    log: pino({ level: "silent" }),
    metrics,
    // As every edge does where the system can: its port may be shared.
    http: { host: "0.0.0.0", port: 0, reusePort: process.platform === "linux" },
    ...(tls && { tls }),
    siteDirectory: null,
    pace: { cadenceMs },
    // What an edge can do is measured here, not what it takes on.
    gate: "off",
    marks: { listeners: 100_000, joinsPerSecond: 1_000_000 },
    pressure: () => ({ utilisation: 0, memory: 0, lateMs: 0 }),
  });
  const metricOf = async (name: string) => {
    const found = await metrics.getSingleMetric(name)?.get();
    return sum((found?.values ?? []).map(({ value }) => value));
  };
  const up: FromServer = {
    kind: "up",
    port: edge.port,
    path: `/live/${spaceId}`,
    tls: tls !== undefined,
  };
  const counts = async (): Promise<FromServer> => ({
    kind: "counts",
    writes: await metricOf("rostra_edge_chunks_written_total"),
    bytes: await metricOf("rostra_edge_bytes_written_total"),
    listeners: await metricOf("rostra_edge_listeners"),
  });
  return { up, counts };
}

function ownStage(voice: VoiceLike) {
  const relays = memoryRelay();
  const { id } = playStage(relays.join(), voice);
  return { relay: relays.join(), spaceId: id };
}

async function joinStage({ relayPath, spaceId }: NonNullable<ServerOrder["stage"]>) {
  return { relay: await connectRelay(relayPath), spaceId };
}
