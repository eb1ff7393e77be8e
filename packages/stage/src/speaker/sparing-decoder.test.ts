import { loadOpus, type OpusDecoder, rmsDbfs } from "@rostra/sound";
import { parseRtp } from "@rostra/wire";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../test/support/random.ts";
import { syntheticVoice } from "../../test/support/synthetic-voice.ts";
import { encodeUplink } from "../../test/support/uplink.ts";
import { SparingDecoder } from "./sparing-decoder.ts";
import { mayHoldVoice } from "./voice-flag.ts";

/** A real decoder that counts what it is asked. */
async function counted(): Promise<{ decoder: OpusDecoder; decoded: () => number }> {
  const inner = await (await loadOpus()).createDecoder({ channels: 1 });
  let decoded = 0;
  const decoder: OpusDecoder = {
    decode: (packet) => {
      decoded += 1;
      return inner.decode(packet);
    },
    recover: (next, samples) => inner.recover(next, samples),
    conceal: (samples) => inner.conceal(samples),
    close: () => inner.close(),
  };
  return { decoder, decoded: () => decoded };
}

function room(seconds: number, dbfs: number): Float32Array {
  const random = seededRandom(5);
  const peak = Math.sqrt(3) * 10 ** (dbfs / 20);
  return Float32Array.from({ length: seconds * 48_000 }, () => peak * (2 * random() - 1));
}

async function packetsOf(pcm: Float32Array): Promise<Uint8Array[]> {
  return (await encodeUplink(pcm)).map(({ datagram }) => parseRtp(datagram).payload);
}

function joined(pieces: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(pieces.length * 960);
  for (const [index, piece] of pieces.entries()) all.set(piece, index * 960);
  return all;
}

describe("a quiet microphone", () => {
  test("costs a fraction of the decoding, and is silence", async () => {
    const { decoder, decoded } = await counted();
    const sparing = new SparingDecoder(decoder);
    const packets = await packetsOf(room(10, -60));
    const heard = joined(packets.map((packet) => sparing.decode(packet)));
    // One second to be sure, then one look in 25 with three packets before it.
    expect(decoded()).toBeLessThan(60 + (450 * 4) / 25 + 20);
    expect(rmsDbfs(heard.subarray(3 * 48_000))).toBeLessThan(-120);
  });

  test("is heard again from the first packet that may hold a voice, as if nothing was left out", async () => {
    const pcm = room(6, -60);
    const voice = syntheticVoice({ seconds: 3, seed: 4 });
    for (let i = 0; i < voice.length; i += 1) pcm[3 * 48_000 + i]! += voice[i]!;
    const packets = await packetsOf(pcm);
    const plain = await (await loadOpus()).createDecoder({ channels: 1 });
    const sparing = new SparingDecoder((await counted()).decoder);
    const all = joined(packets.map((packet) => plain.decode(packet)));
    const spared = joined(packets.map((packet) => sparing.decode(packet)));
    const first = packets.findIndex((packet, index) => index > 140 && mayHoldVoice(packet));
    const from = first * 960 + 120;
    const difference = spared.subarray(from).map((sample, i) => sample - all[from + i]!);
    expect(rmsDbfs(difference)).toBeLessThan(rmsDbfs(all.subarray(from)) - 30);
    // What was left out of the voice's own frames is no louder than the room was.
    const missed = all.subarray(150 * 960, first * 960);
    expect(first - 150).toBeLessThanOrEqual(3);
    expect(missed.length === 0 || rmsDbfs(missed) < -50).toBe(true);
  });

  test("is decoded all along where it is a loud room, or music's own quiet", async () => {
    for (const [dbfs, isSparing] of [
      [-40, true],
      [-60, false],
    ] as const) {
      const { decoder, decoded } = await counted();
      const sparing = new SparingDecoder(decoder);
      sparing.isSparing = isSparing;
      const packets = await packetsOf(room(4, dbfs));
      for (const packet of packets) sparing.decode(packet);
      expect(decoded()).toBe(packets.length);
    }
  });

  test("that grows loud without a voice is found within half a second", async () => {
    const sparing = new SparingDecoder((await counted()).decoder);
    const quiet = await packetsOf(room(3, -60));
    const loud = (await packetsOf(room(8, -40)))
      .slice(200)
      .filter((packet) => !mayHoldVoice(packet));
    for (const packet of quiet) sparing.decode(packet);
    const heard = loud.slice(0, 40).map((packet) => rmsDbfs(sparing.decode(packet)));
    const back = heard.findIndex((dbfs) => dbfs > -45);
    expect(back).toBeGreaterThanOrEqual(0);
    expect(back).toBeLessThanOrEqual(27);
  });
});

test("packets that can't tell are taken for a voice", () => {
  for (const bytes of [
    [],
    [31 << 3, 0, 0],
    [(15 << 3) | 4, 0, 0],
    [(15 << 3) | 1, 0],
    [3 << 3, 0, 0],
  ]) {
    expect(mayHoldVoice(Uint8Array.from(bytes))).toBe(true);
  }
  expect(mayHoldVoice(Uint8Array.of(15 << 3, 0x3f, 0))).toBe(false);
  expect(mayHoldVoice(Uint8Array.of(15 << 3, 0x40, 0))).toBe(true);
});

test("packets without sound hold no voice, whatever they would be coded with", () => {
  for (const bytes of [[15 << 3], [31 << 3, 0], [3 << 3, 0x40]]) {
    expect(mayHoldVoice(Uint8Array.from(bytes))).toBe(false);
  }
});
