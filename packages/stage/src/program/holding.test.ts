import { holdingSound, loadOpus, rmsDbfs } from "@rostra/sound";
import { describe, expect, test } from "vitest";
import { testHolding } from "../../test/support/world.ts";
import { HoldingFade, holdingFrame, openHoldingSound, toHoldingLoop } from "./holding.ts";

describe("the holding sound", () => {
  test("is mixed from samples that lie where the packets put them", async () => {
    const { pcm } = await testHolding();
    const original = holdingSound();
    expect(pcm).toHaveLength(original.length);
    const difference = pcm.map((sample, index) => sample - original[index]!);
    expect(rmsDbfs(difference)).toBeLessThan(rmsDbfs(original) - 12);
  });

  test("is taken over from the relay, packet by packet", async () => {
    const made = await testHolding();
    const loop: unknown = JSON.parse(JSON.stringify(toHoldingLoop(made)));
    const again = await openHoldingSound(await loadOpus(), loop);
    expect(again.packets).toEqual(made.packets.map((packet) => new Uint8Array(packet)));
    expect(again.thin).toEqual(made.thin.map((packet) => new Uint8Array(packet)));
  });

  test("has a thin twin that sounds alike in half as many bytes", async () => {
    const { pcm, packets, thin } = await testHolding();
    const decoder = await (await loadOpus()).createDecoder();
    const heard = thin.flatMap((packet) => [...decoder.decode(packet)]);
    decoder.close();
    expect(Math.abs(rmsDbfs(Float32Array.from(heard)) - rmsDbfs(pcm))).toBeLessThan(1);
    const bytes = (list: readonly Uint8Array[]) =>
      list.reduce((sum, { length }) => sum + length, 0);
    expect(bytes(thin) / bytes(packets)).toBeLessThan(0.6);
  });

  test.each([
    ["nothing", undefined],
    ["something else", { packets: "loop" }],
    ["too short a loop", { packets: ["+P/+"] }],
    ["packets that aren't Opus", { packets: Array.from({ length: 500 }, () => "") }],
  ])("is made anew where the relay holds %s", async (_name, standing) => {
    const { packets, thin } = await openHoldingSound(await loadOpus(), standing);
    expect(packets).toHaveLength(500);
    expect(thin).toHaveLength(500);
    expect(packets[0]).toEqual((await testHolding()).packets[0]);
  });
});

describe("a fade", () => {
  test("goes from holding sound to voices and back, in 200 ms each", async () => {
    const holding = await testHolding();
    const fade = new HoldingFade(holding);
    const gains: number[] = [];
    for (let number = 0; number < 40; number += 1) {
      fade.advance(number >= 5 && number < 25);
      const frame = new Float32Array(960);
      fade.addTo(frame, number);
      gains.push(10 ** ((rmsDbfs(frame) - rmsDbfs(holdingFrame(holding, number))) / 20));
    }
    expect(gains.slice(0, 5).every((gain) => Math.abs(gain - 1) < 0.01)).toBe(true);
    expect(gains.slice(15, 25).every((gain) => gain < 0.001)).toBe(true);
    expect(gains.slice(35).every((gain) => Math.abs(gain - 1) < 0.01)).toBe(true);
    expect(gains.slice(4, 16)).toEqual(gains.slice(4, 16).toSorted((a, b) => b - a));
  });
});
