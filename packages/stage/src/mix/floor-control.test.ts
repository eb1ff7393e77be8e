import { VoiceActivity, VoiceMeter } from "@rostra/sound";
import { newUserId, type StageRole } from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { syntheticVoice } from "../../test/support/synthetic-voice.ts";
import { FloorControl, type FloorVoice } from "./floor-control.ts";

const [HOST, COHOST, ADA, BEN] = [newUserId(), newUserId(), newUserId(), newUserId()];
type Name = "host" | "cohost" | "ada" | "ben";

function voice(userId: typeof HOST, role: StageRole, isSpeaking: boolean): FloorVoice {
  return { userId, standing: { role }, isSpeaking };
}

/** A stage of four, of whom those who are named speak. */
class FloorStage {
  readonly floor = new FloorControl();
  readonly #last = new Map<string, number>();

  speak(frames: number, names: readonly Name[], isOn = true): void {
    const voices = [
      voice(HOST, "host", names.includes("host")),
      voice(COHOST, "cohost", names.includes("cohost")),
      voice(ADA, "speaker", names.includes("ada")),
      voice(BEN, "speaker", names.includes("ben")),
    ];
    for (let frame = 0; frame < frames; frame += 1) {
      this.floor.advance(voices, isOn);
      for (const { userId } of voices) this.#last.set(userId, this.#gainDb(userId));
    }
  }

  #gainDb(userId: typeof HOST): number {
    const pcm = new Float32Array(960).fill(1);
    this.floor.apply(userId, pcm);
    return 20 * Math.log10(pcm[959]!);
  }

  /** At the end of the last frame: host, co-host, Ada, Ben, in whole dB. */
  get gainsDb(): number[] {
    return [HOST, COHOST, ADA, BEN].map((id) => Math.round(this.#last.get(id)!) + 0);
  }
}

describe("the floor", () => {
  test("is held by whoever speaks first, above hosts, and those above the others", () => {
    const stage = new FloorStage();
    stage.speak(5, ["ada"]);
    stage.speak(10, ["ada", "host", "ben"]);
    expect(stage.floor.holder).toBe(ADA);
    expect(stage.gainsDb).toEqual([-9, -9, 0, -15]);
  });

  test("is kept through pauses of less than 800 ms", () => {
    const stage = new FloorStage();
    stage.speak(50, ["ada"]);
    // Of 800 ms of quiet the voice detector has held on to 400.
    stage.speak(19, ["ben"]);
    expect(stage.floor.holder).toBe(ADA);
    stage.speak(1, ["ben"]);
    expect(stage.floor.holder).toBe(BEN);
  });

  test("falls to a host who speaks, before others who have spoken for longer", () => {
    const stage = new FloorStage();
    stage.speak(50, ["ada"]);
    stage.speak(10, ["ben"]);
    stage.speak(10, ["ben", "cohost"]);
    expect(stage.floor.holder).toBe(COHOST);
  });

  test("falls free when its holder leaves", () => {
    const stage = new FloorStage();
    stage.speak(5, ["ada"]);
    stage.floor.advance([voice(BEN, "speaker", true)], true);
    expect(stage.floor.holder).toBe(BEN);
  });
});

describe("ducking", () => {
  test("puts a host above whoever doesn't hold the floor, as soon as its holder pauses", () => {
    const stage = new FloorStage();
    stage.speak(5, ["ada"]);
    stage.speak(12, ["host", "ben"]);
    // Ada still holds it, but pauses.
    expect(stage.floor.holder).toBe(ADA);
    expect(stage.gainsDb).toEqual([0, 0, 0, -9]);
  });

  test("leaves hosts among themselves alone where nobody holds the floor before them", () => {
    const stage = new FloorStage();
    stage.speak(5, ["host"]);
    stage.speak(10, ["host", "cohost"]);
    expect(stage.gainsDb).toEqual([0, -9, -15, -15]);
  });

  test("is there within 50 ms and gone within 400", () => {
    const stage = new FloorStage();
    stage.speak(3, ["ada"]);
    expect(stage.gainsDb[3]).toBe(-15);
    stage.speak(19, []);
    expect(stage.gainsDb[3]).toBe(-1);
    stage.speak(1, []);
    expect(stage.gainsDb[3]).toBe(0);
  });

  test("ends smoothly where it is switched off, and does nothing while it is", () => {
    const stage = new FloorStage();
    stage.speak(10, ["ada"]);
    stage.speak(10, ["ada"], false);
    expect(stage.gainsDb[3]).toBeLessThan(0);
    stage.speak(10, ["ada", "ben"], false);
    expect(stage.gainsDb).toEqual([0, 0, 0, 0]);
    expect(stage.floor.holder).toBeUndefined();
  });

  test("never jumps, never lifts anybody, and never touches who holds the floor for long", () => {
    const names = fc.subarray<Name>(["host", "cohost", "ada", "ben"]);
    const scenes = fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), names), { maxLength: 15 });
    fc.assert(
      fc.property(scenes, (played) => {
        const floor = new FloorControl();
        const ends = new Map<string, number>();
        let [holder, heldFrames] = [floor.holder, 0];
        for (const [frames, speaking] of played) {
          for (let frame = 0; frame < frames; frame += 1) {
            const voices = [
              voice(HOST, "host", speaking.includes("host")),
              voice(COHOST, "cohost", speaking.includes("cohost")),
              voice(ADA, "speaker", speaking.includes("ada")),
              voice(BEN, "speaker", speaking.includes("ben")),
            ];
            floor.advance(voices, true);
            heldFrames = floor.holder === holder ? heldFrames + 1 : 0;
            holder = floor.holder;
            for (const { userId } of voices) {
              const pcm = new Float32Array(960).fill(1);
              floor.apply(userId, pcm);
              expect(Math.abs(pcm[0]! - (ends.get(userId) ?? 1))).toBeLessThan(0.001);
              expect(Math.max(...pcm)).toBeLessThanOrEqual(1);
              ends.set(userId, pcm[959]!);
              // Back from the deepest ducking takes 400 ms.
              if (userId === holder && heldFrames > 20) expect(pcm[959]).toBe(1);
            }
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});

/** How far two voices are heard above each other, dB: Ada, who speaks first, over Ben. */
function holderOverOther(isOn: boolean): number {
  const floor = new FloorControl();
  const people = [ADA, BEN].map((userId, index) => ({
    userId,
    says: syntheticVoice({ seconds: 20, seed: 30 + index, pitchHz: 110 + 60 * index }),
    activity: new VoiceActivity(),
    meter: new VoiceMeter(),
    energy: 0,
  }));
  for (let number = 0; number < 1_000; number += 1) {
    const frames = people.map(({ says }, index) => {
      const frame = says.slice(number * 960, (number + 1) * 960);
      // Ben begins to talk over Ada after two seconds.
      return index === 1 && number < 100 ? frame.fill(0) : frame;
    });
    const voices = people.map(({ userId, activity, meter }, index) =>
      voice(userId, "speaker", activity.push(meter.measure(frames[index]!))),
    );
    floor.advance(voices, isOn);
    for (const [index, person] of people.entries()) {
      const frame = frames[index]!;
      floor.apply(person.userId, frame);
      if (number >= 100) for (const sample of frame) person.energy += sample * sample;
    }
  }
  return 10 * Math.log10(people[0]!.energy / people[1]!.energy);
}

test("talk-over leaves the holder 15 dB further above who talks over them", () => {
  const gained = holderOverOther(true) - holderOverOther(false);
  expect(gained).toBeGreaterThan(14);
  expect(gained).toBeLessThanOrEqual(15.01);
});
