import { VirtualClock } from "@rostra/testkit";
import { describe, expect, it } from "vitest";
import { HeardAnswers } from "./heard-answers.ts";

function player(random: () => number) {
  const clock = new VirtualClock();
  let answers = 0;
  const heard = new HeardAnswers(clock, random, () => {
    answers += 1;
  });
  return { clock, heard, answers: () => answers };
}

describe("a player that is asked whether it played sound", () => {
  it("answers within eight seconds where it has", () => {
    const { clock, heard, answers } = player(() => 0.5);
    heard.played();
    heard.asked(1);
    clock.advance(3_999);
    expect(answers()).toBe(0);
    clock.advance(4_001);
    expect(answers()).toBe(1);
  });

  it("says nothing where it hasn't for ten seconds, or where it didn't pick itself", () => {
    const { clock, heard, answers } = player(() => 0.5);
    heard.asked(1);
    clock.advance(8_000);
    heard.played();
    clock.advance(6_500);
    heard.asked(1);
    clock.advance(8_000);
    heard.played();
    heard.asked(0.5);
    clock.advance(8_000);
    expect(answers()).toBe(0);
  });

  it("answers the newest question alone, and none when it is closed", () => {
    const { clock, heard, answers } = player(() => 0.25);
    heard.played();
    heard.asked(1);
    heard.asked(1);
    clock.advance(8_000);
    expect(answers()).toBe(1);
    heard.played();
    heard.asked(1);
    heard.close();
    clock.advance(8_000);
    expect(answers()).toBe(1);
  });

  it("picks itself as often as the share says", () => {
    let seed = 1;
    // A linear congruential generator: the same each time.
    const random = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed / 2 ** 31;
    };
    const { clock, heard, answers } = player(random);
    for (let round = 0; round < 2_000; round += 1) {
      heard.played();
      heard.asked(0.2);
      clock.advance(8_000);
    }
    // 400, give or take four standard deviations of 18.
    expect(answers()).toBeGreaterThan(328);
    expect(answers()).toBeLessThan(472);
  });
});
