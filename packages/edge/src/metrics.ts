import { performance } from "node:perf_hooks";
import { Counter, Gauge, type Registry } from "prom-client";

/** The ways of being served; `events` are people on stage, who hear the program over WebRTC. */
const PROTOCOLS = ["websocket", "events", "ogg", "aac"] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** Plain numbers: what the edge acts on itself, and what each join would else spend a microsecond on. */
interface EdgeSums {
  /** Bytes of sound and events written. */
  bytes: number;
  /** Listeners that were let in. */
  readonly joins: Record<Protocol, number>;
  /** Those who are here. */
  readonly listeners: Record<Protocol, number>;
  /** WebSocket listeners who said that they go, and have gone. */
  goodbyes: number;
  /** Links in waiting that stand here. */
  standbys: number;
}

const noneYet = (): Record<Protocol, number> => ({ websocket: 0, events: 0, ogg: 0, aac: 0 });

export type EdgeMetrics = ReturnType<typeof createEdgeMetrics>;

/**
 * What an edge counts, as `rostra_edge_*`. Sums only: nothing is counted for each listener, and no
 * label takes values that people choose.
 */
export function createEdgeMetrics(registry: Registry) {
  const registers = [registry];
  const counter = <L extends string = never>(name: string, help: string, labelNames: L[] = []) =>
    new Counter<L>({ name: `rostra_edge_${name}`, help, labelNames, registers });
  // Utilisation is that of the time between two scrapes, so each scrape is where the next begins.
  let utilisation = performance.eventLoopUtilization();
  const sums: EdgeSums = {
    ...{ bytes: 0, joins: noneYet(), listeners: noneYet() },
    ...{ goodbyes: 0, standbys: 0 },
  };
  new Gauge({
    name: "rostra_edge_standby_links",
    help: "Links in waiting: connections of listeners that other edges serve.",
    registers,
    collect() {
      this.set(sums.standbys);
    },
  });
  new Gauge({
    name: "rostra_edge_listeners",
    help: "Open listener connections.",
    labelNames: ["protocol"],
    registers,
    collect() {
      for (const protocol of PROTOCOLS) this.set({ protocol }, sums.listeners[protocol]);
    },
  });
  new Counter({
    name: "rostra_edge_joins_total",
    help: "Listeners that were let in.",
    labelNames: ["protocol"],
    registers,
    collect() {
      this.reset();
      for (const protocol of PROTOCOLS) this.inc({ protocol }, sums.joins[protocol]);
    },
  });
  return {
    sums,
    spaces: new Gauge({
      name: "rostra_edge_spaces",
      help: "Spaces whose sound is followed here: somebody listens, or did a moment ago.",
      registers,
    }),
    refusals: counter("refusals_total", "Requests to /live that were refused.", ["reason"]),
    gateRefusals: counter(
      "gate_refusals_total",
      "Connections and joins that were not let in for what their address does.",
      ["reason"],
    ),
    chunksWritten: counter("chunks_written_total", "Chunks written to sockets."),
    chunksSkipped: counter("chunks_skipped_total", "Chunks not written to a socket too slow."),
    bytesWritten: counter("bytes_written_total", "Bytes of sound and events written to sockets."),
    renditions: counter(
      "rendition_changes_total",
      "Listeners that the edge moved to another rendition, by which.",
      ["rendition"],
    ),
    tooSlow: counter("too_slow_total", "Listeners given up because they took nothing."),
    framesReceived: counter("frames_received_total", "Frames that came from the relay."),
    framesDuplicate: counter(
      "frames_duplicate_total",
      "Frames that came from the relay and were not used: held already, or out of range.",
    ),
    framesFilled: counter("frames_filled_total", "Frames that had to be filled in.", ["kind"]),
    heardAsked: counter(
      "heard_asked_total",
      "Players that were to say whether they played sound, each ten seconds: a sample.",
    ),
    heardAnswers: counter("heard_answers_total", "Players of that sample that had played sound."),
    hlsRequests: counter("hls_requests_total", "Requests for playlists, segments and parts."),
    transcoderStarts: counter("transcoder_starts_total", "AAC transcoders started.", ["adapter"]),
    transcoders: new Gauge({
      name: "rostra_edge_transcoders",
      help: "AAC transcoders that run now.",
      registers,
    }),
    sheddingLevel: new Gauge({
      name: "rostra_edge_shedding_level",
      help: "How many things are let go of under pressure, 0 to 4: reactions first, then people, counts, notices.",
      registers,
    }),
    transcoderSkipped: counter("transcoder_skipped_total", "Pages a slow transcoder missed."),
    cadence: new Gauge({
      name: "rostra_edge_cadence_ms",
      help: "Milliseconds of sound in each chunk.",
      registers,
    }),
    eventLoopUtilisation: new Gauge({
      name: "rostra_edge_event_loop_utilisation",
      help: "Share of the time since the last scrape in which the event loop was busy, 0 to 1.",
      registers,
      collect() {
        const now = performance.eventLoopUtilization();
        this.set(performance.eventLoopUtilization(now, utilisation).utilization);
        utilisation = now;
      },
    }),
  };
}
