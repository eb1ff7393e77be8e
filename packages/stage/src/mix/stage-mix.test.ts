import { rmsDbfs } from "@rostra/sound";
import { expect, test } from "vitest";
import { syntheticVoice } from "../../test/support/synthetic-voice.ts";
import { StageMix } from "./stage-mix.ts";

function frame(seed: number): Float32Array {
  return syntheticVoice({ seconds: 0.02, seed, peak: 0.3 });
}

test("a mix without a voice is the sum of the others", () => {
  const [a, b, c] = [frame(1), frame(2), frame(3)];
  const mix = new StageMix();
  mix.mix([a, b, c]);
  const expected = b.map((sample, index) => sample + c[index]!);
  const difference = mix.without(a).map((sample, index) => sample - expected[index]!);
  expect(rmsDbfs(difference)).toBeLessThan(-120);
});

test("the only voice there is leaves nothing behind", () => {
  const voice = frame(1);
  const mix = new StageMix();
  mix.mix([voice]);
  expect(rmsDbfs(mix.without(voice))).toBeLessThan(-130);
});

test("many loud voices stay below full scale", () => {
  const mix = new StageMix();
  const loud = new Float32Array(960).fill(0.9);
  mix.mix([loud, loud, loud]);
  expect(Math.max(...mix.everyone)).toBeLessThan(0.9);
});
