import { TEST_EPOCH_MS, testMember } from "@rostra/testkit";
/**
 * A live space with three people on stage at more than real speed: whether memory stays flat, and
 * what a tick costs. Sound, loss and jitter are real; time and network aren't.
 *
 *     node packages/stage/bench/soak.ts [minutes of the space, default 60]
 */
import { DEFAULT_SETTINGS, FRAME_MS, newUserId } from "@rostra/wire";
import { syntheticVoice } from "../test/support/synthetic-voice.ts";
import { encodeUplink, overLink, type TimedDatagram } from "../test/support/uplink.ts";
import { TestStage } from "../test/support/world.ts";

const MINUTES = Number(process.argv[2] ?? 60);
const REPORT_EVERY_MINUTES = Math.max(1, Math.round(MINUTES / 12));
const FRAMES_PER_MINUTE = 60_000 / FRAME_MS;
const LOOP_SECONDS = 20;
const LOOP_MS = LOOP_SECONDS * 1000;

const ids = [newUserId(), newUserId(), newUserId()];
const stage = await TestStage.open({
  members: ids.map((id) => testMember(id)),
  settings: DEFAULT_SETTINGS,
});
const people = await Promise.all(
  ids.map(async (id, index) => {
    const pcm = syntheticVoice({
      seconds: LOOP_SECONDS,
      seed: index + 1,
      pitchHz: 110 + 40 * index,
    });
    const arrivals = overLink(await encodeUplink(pcm, { fec: true }), {
      jitterMs: 4 * index,
      loss: 0.01 * index,
      seed: index,
    });
    return { speaker: await stage.speaker(id), arrivals, next: 0 };
  }),
);

/** The loop's packets over and over: sequence and timestamp go on, as a sender's would. */
function renumbered({ datagram }: TimedDatagram, round: number): Uint8Array {
  const copy = datagram.slice();
  const view = new DataView(copy.buffer);
  view.setUint16(2, (view.getUint16(2) + round * LOOP_SECONDS * 50) & 0xffff);
  view.setUint32(4, (view.getUint32(4) + round * LOOP_SECONDS * 48_000) >>> 0);
  return copy;
}

let busyMs = 0;
let bytes = 0;
for (let number = 0; number < MINUTES * FRAMES_PER_MINUTE; number += 1) {
  const nowMs = number * FRAME_MS;
  const startMs = performance.now();
  for (const person of people) {
    for (;;) {
      const round = Math.floor(person.next / person.arrivals.length);
      const arrival = person.arrivals[person.next % person.arrivals.length]!;
      const atMs = arrival.atMs + round * LOOP_MS;
      if (atMs > nowMs) break;
      person.speaker.push(renumbered(arrival, round), TEST_EPOCH_MS + atMs);
      person.next += 1;
    }
  }
  const { frame, feeds } = stage.program.tick(number);
  busyMs += performance.now() - startMs;
  bytes += feeds.reduce((sum, { packet }) => sum + packet.length, frame.packet.length);
  if ((number + 1) % (REPORT_EVERY_MINUTES * FRAMES_PER_MINUTE) === 0) report(number + 1);
}

function report(frames: number): void {
  globalThis.gc?.();
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  const megabytes = (value: number) => `${(value / 2 ** 20).toFixed(1)} MB`;
  process.stdout.write(
    `${String(frames / FRAMES_PER_MINUTE).padStart(4)} min: rss ${megabytes(rss)}, ` +
      `heap ${megabytes(heapUsed)}, buffers ${megabytes(external + arrayBuffers)}, ` +
      `${((busyMs / frames) * 1000).toFixed(0)} µs a tick, ${Math.round(bytes / frames)} bytes a frame\n`,
  );
}
