import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { SpeakerMeter } from "./speaker/speaker.ts";

/** Everything the stage counts. Speakers share their counters: a label each would grow for ever. */
export interface StageMetrics {
  readonly spaces: Gauge;
  readonly secondSpaces: Gauge;
  readonly promotions: Counter;
  readonly stalls: Counter;
  readonly speakers: Gauge;
  readonly lateTicks: Counter;
  readonly skippedFrames: Counter;
  readonly frames: Counter;
  readonly failedTicks: Counter;
  readonly tickSeconds: Histogram;
  readonly speakerMeter: SpeakerMeter;
}

// A tick has 20 ms; a healthy one takes about one. Jitter's buckets end where the delay does.
const TICK_BUCKETS_SECONDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1];
const JITTER_BUCKETS_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2];

/** Registers the stage's metrics in `registry`. */
export function createStageMetrics(registry: Registry): StageMetrics {
  const registers = [registry];
  const counter = (name: string, help: string) =>
    new Counter({ name: `rostra_stage_${name}`, help, registers });
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `rostra_stage_${name}`, help, registers });
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name: `rostra_stage_${name}`, help, buckets, registers });

  const received = counter("packets_received_total", "Datagrams from speakers");
  const lost = counter("packets_lost_total", "Packets that never came in time to be played");
  const concealed = counter("packets_concealed_total", "Frames of 20 ms that were invented");
  const recovered = counter("packets_fec_total", "Packets recovered from in-band FEC");
  const jitter = histogram(
    "jitter_seconds",
    "Interarrival jitter of each speaker (RFC 3550), once a second",
    JITTER_BUCKETS_SECONDS,
  );
  return {
    spaces: gauge("spaces", "Spaces whose program runs here"),
    secondSpaces: gauge("second_spaces", "Of these, those of which this is the second stage"),
    promotions: counter(
      "promotions_total",
      "Times that it became the first stage, from the second",
    ),
    stalls: counter("stalls_total", "Ticks so late that the stage listened before it went on"),
    speakers: gauge("speakers", "WebRTC sessions that are open"),
    lateTicks: counter("late_ticks_total", "Ticks that came a frame or more late and were made up"),
    skippedFrames: counter("skipped_frames_total", "Frames never made: the stage stood still"),
    frames: counter("frames_total", "Program frames published"),
    failedTicks: counter("failed_ticks_total", "Ticks that failed and published holding sound"),
    tickSeconds: histogram("tick_seconds", "Time that one tick takes", TICK_BUCKETS_SECONDS),
    speakerMeter: {
      received: () => received.inc(),
      lost: (packets) => lost.inc(packets),
      concealed: (packets) => concealed.inc(packets),
      recovered: (packets) => recovered.inc(packets),
      jitter: (seconds) => jitter.observe(seconds),
    },
  };
}
