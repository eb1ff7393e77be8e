/**
 * Mouth to ear on one machine: how long a short tone takes from one speaker's packet to another
 * speaker's, and to a WebSocket listener's chunk. Loopback adds next to nothing, so what is seen is
 * the server's part: jitter buffer, mix tick, two Opus look-aheads, and for listeners the cadence.
 *
 *     npm run bench:latency [-- seconds]
 */
import { setTimeout as sleep } from "node:timers/promises";
import { loadOpus, type OpusDecoder } from "@rostra/sound";
import { RostraProcess, TestApi, WebSocketListener, WhipPeer } from "@rostra/testkit";
import { FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE_HZ } from "@rostra/wire";
import { describeSamples } from "./statistics.ts";

const SECONDS = Number(process.argv[2] ?? 60);
const TONE_HZ = 1_000;
const TONE_LEVEL = 0.25;
/** One in so many frames begins a tone: far enough apart to tell one from the next. */
const TONE_EVERY_FRAMES = 50;
const HEARD_ABOVE = 0.05;

const nowMs = () => performance.timeOrigin + performance.now();

/** Which of the tones that were sent came out, and how much later. */
class ToneWatch {
  readonly latenciesMs: number[] = [];
  #waitingFor: number | undefined;
  readonly #decoder: OpusDecoder;

  constructor(decoder: OpusDecoder) {
    this.#decoder = decoder;
  }

  sent(atMs: number): void {
    this.#waitingFor = atMs;
  }

  /** A packet that came at `atMs`: the moment at which its first sample could be played. */
  heard(packet: Uint8Array, atMs: number): void {
    const samples = this.#decoder.decode(packet);
    if (this.#waitingFor === undefined) return;
    const onset = samples.findIndex((sample) => Math.abs(sample) > HEARD_ABOVE);
    if (onset < 0) return;
    this.latenciesMs.push(atMs + (onset / SAMPLE_RATE_HZ) * 1000 - this.#waitingFor);
    this.#waitingFor = undefined;
  }
}

const opus = await loadOpus();
const encoder = await opus.createEncoder({ bitrate: 32_000 });
const rostra = await RostraProcess.start();
const api = new TestApi(rostra.url);
const ada = await api.guest("Ada");
const bo = await api.guest("Bo");
const space = await api.openSpace(ada, "Latency");
await api.bringOnStage(ada, space.id, bo);
await api.goLive(ada, space.id);
const whipUrl = `${rostra.url}/api/v1/spaces/${space.id}/whip`;
const speaker = await WhipPeer.connect(whipUrl, ada.token);
const hearer = await WhipPeer.connect(whipUrl, bo.token);
const listener = new WebSocketListener(rostra.url, space.id);

const toSpeaker = new ToneWatch(await opus.createDecoder());
const toListener = new ToneWatch(await opus.createDecoder());
hearer.onPacket((packet) => toSpeaker.heard(packet.payload, nowMs()));

const silence = new Float32Array(FRAME_SAMPLES);
const startedMs = nowMs();
let taken = 0;
for (let frame = 0; frame * FRAME_MS < SECONDS * 1000; frame += 1) {
  // The tone begins at another place of the mix tick each time: the clocks are not in step.
  const dueMs = startedMs + frame * FRAME_MS + ((frame * 0.02) % FRAME_MS);
  if (dueMs > nowMs()) await sleep(dueMs - nowMs());
  const isTone = frame > 100 && frame % TONE_EVERY_FRAMES < 3;
  const samples = isTone ? tone(frame) : silence;
  const packet = encoder.encode(samples);
  if (isTone && frame % TONE_EVERY_FRAMES === 0) {
    toSpeaker.sent(nowMs());
    toListener.sent(nowMs());
  }
  speaker.send(packet, frame * FRAME_SAMPLES);
  hearer.send(encoder.encode(silence), frame * FRAME_SAMPLES);
  for (; taken < listener.frames.length; taken += 1) {
    const { packet: heard, number } = listener.frames[taken]!;
    toListener.heard(heard, listener.arrivalsMs.get(number)!);
  }
}

process.stdout.write(
  `speaker to speaker, server's part: ${describeSamples(toSpeaker.latenciesMs)}\n`,
);
process.stdout.write(
  `speaker to WebSocket chunk:        ${describeSamples(toListener.latenciesMs)}\n`,
);
listener.close();
await speaker.leave();
await hearer.leave();
await rostra.stop();
process.exit(0);

function tone(frame: number): Float32Array {
  return Float32Array.from({ length: FRAME_SAMPLES }, (_, i) => {
    const time = (frame * FRAME_SAMPLES + i) / SAMPLE_RATE_HZ;
    return TONE_LEVEL * Math.sin(2 * Math.PI * TONE_HZ * time);
  });
}
