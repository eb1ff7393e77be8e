import { LoudnessMeter } from "@rostra/sound";
import { testMember } from "@rostra/testkit";
import { DEFAULT_SETTINGS, newUserId, SAMPLE_RATE_HZ, writeRtp } from "@rostra/wire";
import { createEncoder } from "libopus-wasm";
import { describe, expect, test } from "vitest";
import { run, talker } from "../../test/support/hearing.ts";
import { syntheticVoice } from "../../test/support/synthetic-voice.ts";
import { TEST_PAYLOAD_TYPE } from "../../test/support/uplink.ts";
import { TestStage } from "../../test/support/world.ts";

const ADA = newUserId();
const BEN = newUserId();
const IDS = [ADA, BEN, newUserId(), newUserId()];
const LEVELLED = {
  members: IDS.map((id) => testMember(id)),
  settings: { ...DEFAULT_SETTINGS, sound: "voice" as const },
};

async function loudnessOf(peak: number, sound: "voice" | "music"): Promise<number> {
  const settings = { ...DEFAULT_SETTINGS, sound };
  const stage = await TestStage.open({ ...LEVELLED, settings });
  const says = syntheticVoice({ seconds: 14, seed: 3, peak });
  const { program } = await run(stage, [await talker(stage, ADA, says)], 700);
  const meter = new LoudnessMeter();
  meter.push(program.subarray(9 * SAMPLE_RATE_HZ));
  return meter.integratedLufs;
}

describe("a voice", () => {
  test("is brought to -16 LUFS, whoever is far from their microphone or near", async () => {
    // The voice is synthetic: of recorded ones the leveller's own tests tell more.
    const [far, near] = [await loudnessOf(0.05, "voice"), await loudnessOf(0.6, "voice")];
    expect(Math.abs(far + 16)).toBeLessThan(3);
    expect(Math.abs(near + 16)).toBeLessThan(3);
    expect(Math.abs(far - near)).toBeLessThan(3); // 22 dB before
  }, 60_000);

  test("is left as loud as it comes where the space is for music", async () => {
    expect((await loudnessOf(0.5, "music")) - (await loudnessOf(0.05, "music"))).toBeCloseTo(20, 0);
  }, 60_000);
});

/** Somebody whose loudspeaker stands before their microphone. */
class EchoingClient {
  readonly #line: Float32Array[] = [];
  readonly #delayFrames: number;
  #sequence = 0;

  constructor(delayFrames: number) {
    this.#delayFrames = delayFrames;
  }

  /** What the microphone gives for what is heard now. */
  hear(pcm: Float32Array): Float32Array {
    this.#line.push(pcm.map((sample) => 0.4 * sample));
    return this.#line.length > this.#delayFrames ? this.#line.shift()! : new Float32Array(960);
  }

  datagram(payload: Uint8Array): Uint8Array {
    this.#sequence += 1;
    return writeRtp({
      payloadType: TEST_PAYLOAD_TYPE,
      marker: false,
      sequence: this.#sequence,
      timestamp: this.#sequence * 960,
      ssrc: 5,
      payload,
    });
  }
}

describe("the guard", () => {
  test("tells of a microphone that sends back what it is sent", async () => {
    const stage = await TestStage.open(LEVELLED);
    const ada = await talker(stage, ADA, syntheticVoice({ seconds: 10, seed: 3, peak: 0.4 }));
    const ben = { speaker: await stage.speaker(BEN), arrivals: [] };
    const client = new EchoingClient(10);
    const encoder = await createEncoder({ channels: 1, bitrate: 32_000, application: 2048 });
    const silent = new Float32Array(960);
    await run(stage, [ada, ben], 500, (number, lastHeard) => {
      const mic = client.hear(lastHeard(BEN) ?? silent);
      const nowMs = stage.program.snapshot.epochMs + number * 20;
      ben.speaker.push(client.datagram(encoder.encodeFloat(mic)), nowMs);
    });
    encoder.free();
    expect(stage.guardNews[0]).toEqual({ type: "guard", kind: "echo", id: BEN, active: true });
  });

  test("tells of a microphone that howls, and when it stops with its owner's leaving", async () => {
    const stage = await TestStage.open(LEVELLED);
    const howl = Float32Array.from(
      { length: 4 * SAMPLE_RATE_HZ },
      (_, i) =>
        Math.min(0.5, 0.001 * 2 ** (i / 6_000)) *
        Math.sin((2 * Math.PI * 2_200 * i) / SAMPLE_RATE_HZ),
    );
    const ada = await talker(stage, ADA, howl);
    await run(stage, [ada], 199);
    expect(stage.guardNews).toEqual([{ type: "guard", kind: "howl", id: ADA, active: true }]);
    stage.program.remove(ada.speaker);
    stage.program.tick(199);
    expect(stage.guardNews[1]).toMatchObject({ kind: "howl", id: ADA, active: false });
  });
});
