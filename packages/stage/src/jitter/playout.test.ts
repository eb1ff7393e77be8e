import { alignAndCorrelate, rmsDbfs, sideOf } from "@rostra/sound";
import { SAMPLE_RATE_HZ } from "@rostra/wire";
import { describe, expect, test } from "vitest";
import { TestReceiver } from "../../test/support/playout.ts";
import { seededRandom } from "../../test/support/random.ts";
import { syntheticVoice } from "../../test/support/synthetic-voice.ts";
import {
  encodeUplink,
  type LinkOptions,
  overLink,
  playThrough,
  type UplinkOptions,
} from "../../test/support/uplink.ts";

async function hear(
  pcm: Float32Array,
  uplink: UplinkOptions = {},
  link: LinkOptions = {},
): Promise<{ receiver: TestReceiver; heard: Float32Array; correlation: number; offsetMs: number }> {
  const receiver = await TestReceiver.open();
  const arrivals = overLink(await encodeUplink(pcm, uplink), link);
  const heard = playThrough(receiver, arrivals, (pcm.length / SAMPLE_RATE_HZ) * 1000);
  const alignment = alignAndCorrelate(pcm, heard, SAMPLE_RATE_HZ, { maxLagMs: 1_000 });
  return { receiver, heard, ...alignment };
}

const VOICE = syntheticVoice({ seconds: 12 });
const LINK_MS = 30;
const PACKET_MS = 20;

describe("a speaker's sound", () => {
  test("on a perfect link is whole, with less than 40 ms of waiting", async () => {
    const { receiver, correlation, offsetMs } = await hear(VOICE, {}, { delayMs: LINK_MS });
    expect(correlation).toBeGreaterThan(0.97);
    expect(offsetMs - LINK_MS - PACKET_MS).toBeLessThan(40);
    expect(receiver.meter.lostPackets).toBe(0);
  });

  test.each([
    ["10 ms", { packetMs: 10 }, 0.97],
    ["40 ms", { packetMs: 40 }, 0.96],
    ["60 ms", { packetMs: 60 }, 0.95],
  ] as const)("may come in packets of %s", async (_name, uplink, least) => {
    const { correlation, receiver } = await hear(VOICE, uplink);
    expect(correlation).toBeGreaterThan(least);
    expect(receiver.meter.lostPackets).toBe(0);
  });

  test("that comes in stereo is played in mono at the same loudness", async () => {
    const mono = await hear(VOICE, {});
    const stereo = await hear(VOICE, { channels: 2 });
    expect(stereo.correlation).toBeGreaterThan(0.97);
    expect(Math.abs(rmsDbfs(stereo.heard) - rmsDbfs(mono.heard))).toBeLessThan(0.5);
  });

  test.each([
    ["a perfect link", {}, 0.97],
    ["jitter, loss and a fast clock", { jitterMs: 15, loss: 0.02, driftPpm: 300 }, 0.8],
  ] as const)("in stereo keeps its sides apart over %s", async (_name, link, least) => {
    const right = syntheticVoice({ seconds: 12, seed: 9, pitchHz: 210 });
    const receiver = await TestReceiver.open(2);
    const heard = playThrough(
      receiver,
      overLink(await encodeUplink(VOICE, { right }), link),
      12_000,
    );
    const alike = (said: Float32Array, side: "left" | "right") =>
      alignAndCorrelate(said, sideOf(heard, side), SAMPLE_RATE_HZ, { maxLagMs: 500 }).correlation;
    expect(alike(VOICE, "left")).toBeGreaterThan(least);
    expect(alike(right, "right")).toBeGreaterThan(least);
    // Any two voices are as alike as that somewhere in a second.
    const chance = alignAndCorrelate(VOICE, right, SAMPLE_RATE_HZ, { maxLagMs: 500 }).correlation;
    expect(alike(right, "left")).toBeLessThan(chance + 0.05);
    expect(alike(VOICE, "right")).toBeLessThan(chance + 0.05);
  });

  test("goes on where sequence and timestamp wrap", async () => {
    const firstTimestamp = 2 ** 32 - 5 * SAMPLE_RATE_HZ;
    const { correlation, receiver } = await hear(VOICE, { firstSequence: 65_400, firstTimestamp });
    expect(correlation).toBeGreaterThan(0.97);
    expect(receiver.results.every((result) => result === "stored")).toBe(true);
  });

  test.each([true, "unsaid"] as const)(
    "of a sender that skips silence (%s) keeps its place",
    async (dtx) => {
      const pcm = VOICE.slice();
      pcm.fill(0, 3 * SAMPLE_RATE_HZ, 6 * SAMPLE_RATE_HZ);
      const { correlation, receiver } = await hear(pcm, { dtx });
      expect(receiver.results.length).toBeLessThan(500);
      expect(correlation).toBeGreaterThan(0.95);
      expect(receiver.meter.lostPackets).toBe(0);
    },
  );

  test("of a sender that skips silence keeps its room's noise and its delay between packets", async () => {
    const random = seededRandom(3);
    const pcm = VOICE.map(
      (sample, i) => (i < 3 * SAMPLE_RATE_HZ ? sample : 0) + 0.004 * (2 * random() - 1),
    );
    const { heard, receiver } = await hear(pcm, { dtx: true, fec: true }, { delayMs: LINK_MS });
    const packetsInPause = receiver.results.length - 150;
    expect(packetsInPause).toBeLessThan(9 * 12);
    expect(receiver.meter.concealedFrames).toBe(0);
    const levels = Array.from({ length: 300 }, (_, i) =>
      rmsDbfs(heard.subarray((250 + i) * 960, (251 + i) * 960)),
    );
    // The room is at -53 dBFS; the decoder's own noise in its place is a little softer.
    expect(Math.max(...levels)).toBeLessThan(-50);
    expect(Math.min(...levels)).toBeGreaterThan(-65);
    const delays = receiver.delaysMs.slice(250);
    expect(Math.max(...delays) - Math.min(...delays)).toBeLessThan(5);
  });

  test("waits as long as the jitter needs, and little is concealed", async () => {
    const { correlation, receiver } = await hear(VOICE, {}, { jitterMs: 10 });
    expect(correlation).toBeGreaterThan(0.93);
    expect(receiver.playout.targetMs).toBeGreaterThan(35);
    expect(receiver.meter.concealedFrames).toBeLessThan(12);
  });

  test("is back at its low delay soon after a stall that came alone", async () => {
    const { receiver } = await hear(VOICE, {}, { stallEveryMs: 5_000, stallMs: 180 });
    const [before, after] = [receiver.delaysMs.slice(200, 245), receiver.delaysMs.slice(260, 275)];
    expect(Math.max(...before)).toBeLessThan(45);
    expect(Math.max(...after)).toBeGreaterThan(100);
    expect(Math.max(...receiver.delaysMs.slice(420, 495))).toBeLessThan(45);
  });

  test("comes back from in-band FEC where single packets are lost", async () => {
    const link = { loss: 0.1, seed: 5 };
    const concealed = await hear(VOICE, { fec: false }, link);
    const recovered = await hear(VOICE, { fec: true }, link);
    expect(recovered.receiver.meter.recoveredPackets).toBeGreaterThan(40);
    expect(recovered.correlation).toBeGreaterThan(concealed.correlation + 0.05);
  });

  test("isn't disturbed by copies and reordering", async () => {
    const link = { duplicates: 0.3, jitterMs: 5 };
    const { correlation, receiver } = await hear(VOICE, {}, link);
    expect(receiver.results).toContain("duplicate");
    expect(correlation).toBeGreaterThan(0.95);
  });

  test.each([2_000, -2_000])(
    "keeps its delay though the sender's clock drifts by %d ppm",
    async (driftPpm) => {
      const long = syntheticVoice({ seconds: 40 });
      const { receiver } = await hear(long, {}, { driftPpm });
      // Uncorrected, 40 s of it would be 80 ms: growing delay one way, concealment the other.
      expect(Math.max(...receiver.delaysMs.slice(500))).toBeLessThan(65);
      expect(Math.min(...receiver.delaysMs.slice(500, -50))).toBeGreaterThan(0);
      expect(receiver.meter.concealedFrames).toBeLessThan(8);
    },
  );
});

describe("when packets stop", () => {
  async function cutOff(): Promise<{ receiver: TestReceiver; heard: Float32Array }> {
    const receiver = await TestReceiver.open();
    const tone = Float32Array.from({ length: SAMPLE_RATE_HZ }, (_, i) => 0.3 * Math.sin(i / 20));
    const arrivals = overLink(await encodeUplink(tone));
    return { receiver, heard: playThrough(receiver, arrivals, 3_000) };
  }

  test("sound fades to silence within 200 ms, and doesn't stop at once", async () => {
    const { heard } = await cutOff();
    const end = SAMPLE_RATE_HZ * 1.08; // what was sent, later by the link and the delay
    const at = (ms: number) => {
      const start = end + (ms * SAMPLE_RATE_HZ) / 1000;
      return rmsDbfs(heard.subarray(start, start + 960));
    };
    expect(at(40)).toBeGreaterThan(-40);
    expect(at(220)).toBeLessThan(-90);
  });

  test("and start again long after, the delay begins low again", async () => {
    const { receiver } = await cutOff();
    const later = (
      await encodeUplink(syntheticVoice({ seconds: 2 }), {
        firstSequence: 51,
        firstTimestamp: 48_000 * 60,
      })
    ).map(({ atMs, datagram }) => ({ atMs: atMs + 60_000, datagram }));
    for (let nowMs = 3_000; nowMs < 60_000; nowMs += 20) receiver.tick(nowMs);
    let next = 0;
    for (let nowMs = 60_000; nowMs < 62_000; nowMs += 20) {
      while (next < later.length && later[next]!.atMs <= nowMs) {
        receiver.push(later[next]!.datagram, later[next]!.atMs);
        next += 1;
      }
      receiver.tick(nowMs);
    }
    expect(Math.max(...receiver.delaysMs.slice(-50))).toBeLessThan(65);
  });

  test("a burst of late ones is played, and the delay it brought is worked off", async () => {
    const receiver = await TestReceiver.open();
    const sent = await encodeUplink(syntheticVoice({ seconds: 20 }));
    // The link stands still from 2.0 to 2.2 s and then delivers everything at once.
    const arrivals = sent
      .map(({ atMs, datagram }) => ({
        atMs: atMs > 2_000 && atMs < 2_200 ? 2_200 : atMs,
        datagram,
      }))
      .map(({ atMs, datagram }) => ({ atMs: atMs + LINK_MS, datagram }));
    playThrough(receiver, arrivals, 20_000);
    expect(receiver.meter.lostPackets).toBe(0);
    expect(Math.max(...receiver.delaysMs.slice(100, 200))).toBeGreaterThan(100);
    expect(receiver.delaysMs.at(-1)).toBeLessThan(receiver.playout.targetMs + 20);
  });
});

test("a sender that begins with a second of old sound is brought to the present at once", async () => {
  const receiver = await TestReceiver.open();
  const sent = await encodeUplink(syntheticVoice({ seconds: 4 }));
  // As an encoder does whose queue filled up while it connected.
  const arrivals = sent.map(({ atMs, datagram }) => ({ atMs: Math.max(atMs, 1_000), datagram }));
  playThrough(receiver, arrivals, 4_000);
  expect(Math.max(...receiver.delaysMs.slice(60))).toBeLessThan(65);
});

test("what waits is bounded though nothing is played", async () => {
  const receiver = await TestReceiver.open();
  const sent = await encodeUplink(syntheticVoice({ seconds: 6 }));
  for (const { atMs, datagram } of sent) receiver.push(datagram, atMs);
  expect(receiver.playout.waiting).toBe(128);
  expect(receiver.results.filter((result) => result === "overflow")).toHaveLength(300 - 128);
});

test("after being cleared nothing of before is heard but a few fading milliseconds", async () => {
  const receiver = await TestReceiver.open();
  const tone = Float32Array.from({ length: SAMPLE_RATE_HZ }, (_, i) => 0.3 * Math.sin(i / 20));
  playThrough(receiver, overLink(await encodeUplink(tone)), 600);
  receiver.playout.clear();
  const first = receiver.tick(600).slice();
  expect(rmsDbfs(first.subarray(480))).toBe(-150);
  expect(Math.abs(first[479]!)).toBeLessThan(0.01);
  expect(rmsDbfs(receiver.tick(620))).toBe(-150);
});
