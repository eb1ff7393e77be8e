import { memoryRelay } from "@rostra/relay";
import { testSpace } from "@rostra/testkit";
import { FRAME_MS, frameNumberAt, STATE_KEYS, systemClock } from "@rostra/wire";
import pino from "pino";
import { Registry } from "prom-client";
import { createEdge } from "../../src/index.ts";
import type { VoiceLike } from "../../test/support/voice-like.ts";
import type { FromServer, ServerOrder } from "./message.ts";

/** A real edge on a relay in memory, with a stage that publishes a frame every 20 ms. */
export async function openEdgeServer(voice: VoiceLike, { cadenceMs, tls }: ServerOrder) {
  const relays = memoryRelay();
  const backstage = relays.join();
  const epochMs = systemClock.nowMs() - 60_000;
  const space = testSpace({ epochMs, liveAtMs: epochMs });
  const stage = { role: "stage", name: "stage-1", url: "http://127.0.0.1:9", pid: process.pid };
  backstage.put(STATE_KEYS.service("stage-1"), stage);
  backstage.put(STATE_KEYS.space(space.id), space);
  const metrics = new Registry();
  const edge = await createEdge({
    name: "edge-1",
    relay: relays.join(),
    clock: systemClock,
    log: pino({ level: "silent" }),
    metrics,
    http: { host: "0.0.0.0", port: 0 },
    ...(tls && { tls }),
    siteDirectory: null,
    pace: { cadenceMs },
    // What an edge can do is measured here, not what it takes on.
    gate: "off",
    marks: { listeners: 100_000, joinsPerSecond: 1_000_000 },
    pressure: () => ({ utilisation: 0, memory: 0, lateMs: 0 }),
  });
  let next = frameNumberAt(epochMs, systemClock.nowMs());
  setInterval(() => {
    // A fan-out may have held the loop for long: what is due is published together.
    const due = frameNumberAt(epochMs, systemClock.nowMs());
    const frames = Array.from({ length: due - next }, (_, at) => voice.frameAt(next + at));
    next = due;
    if (frames.length > 0) backstage.publishFrames(space.id, frames);
  }, FRAME_MS);
  const metricOf = async (name: string) => {
    const found = await metrics.getSingleMetric(name)?.get();
    return found?.values[0]?.value ?? Number.NaN;
  };
  const up: FromServer = {
    kind: "up",
    port: edge.port,
    path: `/live/${space.id}`,
    tls: tls !== undefined,
  };
  const counts = async (): Promise<FromServer> => ({
    kind: "counts",
    writes: await metricOf("rostra_edge_chunks_written_total"),
    bytes: await metricOf("rostra_edge_bytes_written_total"),
  });
  return { up, counts };
}
