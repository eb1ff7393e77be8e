import { loadOpus, rmsDbfs } from "@rostra/sound";
import { SAMPLE_RATE_HZ } from "@rostra/wire";
import { describe, expect, test } from "vitest";
import { ClickDetector } from "../../test/support/clicks.ts";
import { syntheticVoice } from "../../test/support/synthetic-voice.ts";
import { encodeUplink } from "../../test/support/uplink.ts";
import { Concealment } from "./concealment.ts";

const RTP_HEADER_BYTES = 12;

/** What a speaker's client sends, as Opus packets of 20 ms. */
async function packets(pcm: Float32Array): Promise<Uint8Array[]> {
  const sent = await encodeUplink(pcm, { fec: true });
  return sent.map(({ datagram }) => datagram.subarray(RTP_HEADER_BYTES));
}

async function open(): Promise<Concealment> {
  const opus = await loadOpus();
  return new Concealment(await opus.createDecoder());
}

function joined(pieces: readonly Float32Array[]): Float32Array {
  return Float32Array.from(pieces.flatMap((piece) => [...piece]));
}

const TONE = Float32Array.from({ length: SAMPLE_RATE_HZ / 2 }, (_, i) => 0.3 * Math.sin(i / 30));

describe("invented sound", () => {
  test("is the same however small the pieces are that it is asked for in", async () => {
    const [whole, pieces] = [await open(), await open()];
    for (const packet of await packets(TONE)) {
      whole.decode(packet);
      pieces.decode(packet);
    }
    // As the decoder makes it.
    const once = joined([480, 480, 480, 480].map((samples) => whole.conceal(samples)));
    const parts = [120, 360, 480, 120, 240, 600].map((samples) => pieces.conceal(samples));
    expect(rmsDbfs(once)).toBeGreaterThan(-30);
    expect(joined(parts)).toEqual(once);
    expect(pieces.inventedSamples).toBe(1_920);
  });

  test.each([240, 480, 600, 960, 1_320])(
    "of %d samples, and a late packet after it, meet without a click",
    async (samples) => {
      const voice = syntheticVoice({ seconds: 8, seed: 2 });
      const sent = await packets(voice);
      const clean = await open();
      const detector = new ClickDetector();
      for (const packet of sent) detector.push(clean.decode(packet));
      const late = await open();
      const clicks = new ClickDetector(detector.sharpestDb + 1);
      for (const [index, packet] of sent.entries()) {
        const isLate = index % 11 === 10;
        if (isLate) clicks.push(late.conceal(samples));
        clicks.push(late.decode(packet, isLate));
      }
      expect(clicks.clicks).toBe(0);
    },
  );

  test("fades to silence, and real sound after it comes in from nothing", async () => {
    const concealment = await open();
    const sent = await packets(TONE);
    for (const packet of sent) concealment.decode(packet);
    concealment.conceal(SAMPLE_RATE_HZ / 5);
    expect(rmsDbfs(concealment.conceal(960))).toBe(-150);
    const back = concealment.decode(sent.at(-1)!);
    expect(Math.abs(back[0]!)).toBeLessThan(0.001);
    expect(back.length).toBe(960);
  });
});
