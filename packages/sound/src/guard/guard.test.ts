import { FRAME_SAMPLES } from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { atSixteen } from "../../test/at-sixteen.ts";
import { framesOf, joinSound, noise, sine, syntheticVoice } from "../../test/synthetic-voice.ts";
import { rmsDbfs } from "../level/rms.ts";
import { Ducking } from "./ducking.ts";
import { EchoDetector } from "./echo-detector.ts";
import { HowlDetector } from "./howl-detector.ts";
import { VoiceGuard } from "./voice-guard.ts";

function scaled(pcm: Float32Array, gain: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(pcm, (sample) => sample * gain);
}

function sum(a: Float32Array, b: Float32Array): Float32Array<ArrayBuffer> {
  return Float32Array.from(a, (sample, i) => sample + (b[i] ?? 0));
}

function delayed(pcm: Float32Array, ms: number): Float32Array<ArrayBuffer> {
  return joinSound([new Float32Array(48 * ms), pcm]).subarray(0, pcm.length);
}

/** In which frames the detector hears a howl. */
function howls(pcm: Float32Array): boolean[] {
  const detector = new HowlDetector();
  const wide = atSixteen();
  return framesOf(pcm).map((frame) => detector.push(wide(frame)));
}

/** From -50 dBFS on, and then it stays. */
function growing(hz: number, dbPerSecond: number, seconds: number): Float32Array<ArrayBuffer> {
  return sine(hz, 1, 48_000 * seconds).map(
    (sample, i) => sample * Math.min(0.2, 0.003 * 10 ** ((dbPerSecond * i) / 960_000)),
  );
}

describe("the howl detector", () => {
  it("knows a tone that grows within half a second, at any pitch of a howl", () => {
    for (const hz of [300, 1_234, 3_000, 6_500]) {
      for (const dbPerSecond of [10, 60]) {
        const first = howls(growing(hz, dbPerSecond, 1)).indexOf(true);
        expect(first).toBeGreaterThan(0);
        expect(first).toBeLessThanOrEqual(25);
      }
    }
  });

  it("lets a tone that was there at once stand for a second and a half", () => {
    const first = howls(sine(1_234, 0.2, 48_000 * 2)).indexOf(true);
    expect(first).toBeGreaterThan(70);
    expect(first).toBeLessThanOrEqual(90);
  });

  it("leaves a held note with its overtones alone, but not at full scale", () => {
    const overtone = sine(1_760, 0.01, 48_000 * 4);
    expect(howls(sum(sine(880, 0.2, 48_000 * 4), overtone))).not.toContain(true);
    const full = howls(sum(sine(880, 0.98, 48_000), overtone)).indexOf(true);
    expect(full).toBeGreaterThan(0);
    expect(full).toBeLessThanOrEqual(25);
  });

  it("knows a tone that grows over a voice", () => {
    const tone = sine(2_200, 1, 48_000 * 4).map((sample, i) => sample * 10 ** (-3 + i / 48_000));
    const heard = howls(sum(syntheticVoice(4), tone));
    expect(heard.slice(0, 25)).not.toContain(true);
    expect(heard.slice(150).filter((howl) => howl).length).toBeGreaterThan(25);
  });

  it("leaves voices, noise, silence and tones that fade or glide alone", () => {
    const fading = sine(1_000, 1, 48_000).map((sample, i) => sample * 10 ** (-i / 48_000));
    let phase = 0;
    const gliding = Float32Array.from({ length: 48_000 }, (_, i) => {
      phase += (2 * Math.PI * (1_000 + 400 * (i / 48_000))) / 48_000;
      return 0.3 * Math.sin(phase);
    });
    for (const pcm of [
      syntheticVoice(8, 3),
      noise(0.1, 96_000),
      new Float32Array(96_000),
      fading,
      gliding,
    ]) {
      expect(howls(pcm)).not.toContain(true);
    }
  });

  it("says which frequency it is", () => {
    const detector = new HowlDetector();
    const wide = atSixteen();
    for (const frame of framesOf(growing(1_234, 60, 1))) detector.push(wide(frame));
    expect(Math.abs(detector.frequencyHz - 1_234)).toBeLessThan(5);
  });
});

/** Frames until a loop is known; -1: never. */
function echoFoundAfter(mic: Float32Array, sent: Float32Array): [number, number] {
  const detector = new EchoDetector();
  const wide = atSixteen();
  const others = framesOf(sent);
  const at = framesOf(mic).findIndex((frame, index) => {
    detector.push(wide(frame), others[index]);
    return detector.isLooping;
  });
  return [at, detector.delayMs];
}

describe("the echo detector", () => {
  // White noise would be found by anything; speech-like sound with some breath is what there is.
  const voice = (seed: number) => sum(syntheticVoice(6, seed), noise(0.01, 48_000 * 6, seed));

  it("finds what was sent, 20 to 800 ms later and 20 dB quieter", () => {
    const sent = voice(1);
    for (const ms of [25, 200, 800]) {
      const [at, delayMs] = echoFoundAfter(scaled(delayed(sent, ms), 0.1), sent);
      expect(at).toBeGreaterThan(0);
      expect(at * 20 - ms).toBeLessThan(500);
      expect(Math.abs(delayMs - ms)).toBeLessThan(3);
    }
  });

  it("finds it under the owner's own voice", () => {
    const sent = voice(1);
    const [at, delayMs] = echoFoundAfter(sum(voice(2), scaled(delayed(sent, 300), 0.5)), sent);
    expect(at).toBeGreaterThan(0);
    expect(Math.abs(delayMs - 300)).toBeLessThan(3);
  });

  it("doesn't take an answer, or silence, for an echo", () => {
    expect(echoFoundAfter(voice(2), voice(1))[0]).toBe(-1);
    expect(echoFoundAfter(new Float32Array(48_000 * 3), voice(1))[0]).toBe(-1);
    expect(echoFoundAfter(voice(1), new Float32Array(48_000 * 3))[0]).toBe(-1);
  });

  it("doesn't give a loop up for lost while its owner talks over it", () => {
    const sent = syntheticVoice(10, 1);
    // So loud, and so breathy, that nothing of the echo is found in it.
    const loud = sum(scaled(syntheticVoice(7, 4), 2), noise(0.1, 48_000 * 7));
    const own = joinSound([new Float32Array(48_000 * 3), loud]);
    const detector = new EchoDetector();
    const wide = atSixteen();
    const others = framesOf(sent);
    const looping = framesOf(sum(scaled(delayed(sent, 300), 0.1), own)).map((frame, index) => {
      detector.push(wide(frame), others[index]);
      return detector.isLooping;
    });
    expect(looping.slice(100)).not.toContain(false);
  });

  it("is over a second after nothing comes back any more", () => {
    const sent = voice(1);
    const gone = delayed(sent, 200).fill(0, 48_000 * 3);
    const detector = new EchoDetector();
    const wide = atSixteen();
    const others = framesOf(sent);
    const looping = framesOf(gone).map((frame, index) => {
      detector.push(wide(frame), others[index]);
      return detector.isLooping;
    });
    expect(looping[149]).toBe(true);
    expect(looping.slice(150 + 70)).not.toContain(true);
  });
});

describe("the voice guard", () => {
  it("ducks a howl by 30 dB and lets a clean voice through untouched", () => {
    const guard = new VoiceGuard();
    const frames = framesOf(sine(1_500, 0.3, 48_000 * 2)).map((frame) => frame.slice());
    for (const frame of frames) guard.process(frame, undefined);
    expect(guard.isHowling).toBe(true);
    expect(rmsDbfs(frames.at(-1)!)).toBeCloseTo(rmsDbfs(sine(1_500, 0.3, 48_000)) - 30, 0);
    const clean = new VoiceGuard();
    const voice = syntheticVoice(4, 2);
    for (const frame of framesOf(voice)) {
      const through = frame.slice();
      expect(clean.process(through, undefined)).toBe(1);
      expect(through).toEqual(frame);
    }
  });

  it("ducks what is nothing but echo by 24 dB, and lets the owner speak over it", () => {
    const far = sum(syntheticVoice(8, 1), noise(0.01, 48_000 * 8, 1));
    const echo = scaled(delayed(far, 120), 0.1);
    const own = joinSound([new Float32Array(48_000 * 5), syntheticVoice(3, 4)]);
    const guard = new VoiceGuard();
    const sent = framesOf(far);
    const mic = sum(echo, own);
    const through = framesOf(mic).map((frame) => frame.slice());
    const gains = through.map((frame, i) => guard.process(frame, sent[i]));
    expect(guard.isEchoing).toBe(true);
    // From the first second to the fifth there is echo alone.
    const left = rmsDbfs(joinSound(through.slice(50, 250)));
    expect(left).toBeLessThan(rmsDbfs(mic.subarray(48_000, 48_000 * 5)) - 15);
    const open = gains.slice(260, 390).filter((gain) => gain > 0.9);
    expect(open.length).toBeGreaterThan(90);
  });

  it("knows what was sent while its microphone was quiet", () => {
    const guard = new VoiceGuard();
    const voice = framesOf(sum(syntheticVoice(6, 1), noise(0.01, 48_000 * 6, 1)));
    const quiet = new Float32Array(FRAME_SAMPLES);
    // Nothing comes back for five seconds: then the loudspeaker is turned on.
    const back = (i: number) => (i < 250 ? quiet.slice() : scaled(voice[i - 20]!, 0.2));
    const echoes = voice.map((sent, i) => {
      guard.process(back(i), sent);
      return guard.isEchoing;
    });
    expect(echoes.slice(0, 250)).not.toContain(true);
    expect(echoes.indexOf(true)).toBeLessThanOrEqual(250 + 40);
    expect(echoes).toContain(true);
  });

  it("comes through anything with a finite gain between 0 and 1", () => {
    const sample = fc.oneof(
      fc.float({ min: -1, max: 1 }),
      fc.constantFrom(0, 1, -1, Number.NaN, Infinity, -Infinity, 3.4e38),
    );
    const frame = fc
      .array(sample, { minLength: 1, maxLength: 8 })
      .map((few) => Float32Array.from({ length: FRAME_SAMPLES }, (_, i) => few[i % few.length]!));
    fc.assert(
      fc.property(fc.array(fc.tuple(frame, fc.option(frame)), { maxLength: 30 }), (story) => {
        const guard = new VoiceGuard();
        for (const [voice, sent] of story) {
          const gain = guard.process(voice, sent ?? undefined);
          expect(gain).toBeGreaterThan(0);
          expect(gain).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("forgets everything on a reset", () => {
    const guard = new VoiceGuard();
    for (const frame of framesOf(sine(1_500, 0.3, 48_000))) guard.process(frame.slice(), undefined);
    guard.reset();
    expect([guard.isHowling, guard.isEchoing, guard.gain]).toEqual([false, false, 1]);
  });
});

describe("ducking", () => {
  it("is down within 40 ms, waits, and comes back slowly", () => {
    const ducking = new Ducking({ depthDb: -30, releaseDbPerSecond: 20, holdMs: 1_000 });
    ducking.advance(true);
    ducking.advance(true);
    expect(ducking.db).toBe(-30);
    for (let frame = 0; frame < 49; frame += 1) ducking.advance(false);
    expect(ducking.db).toBe(-30);
    for (let frame = 0; frame < 40; frame += 1) ducking.advance(false);
    expect(ducking.db).toBeGreaterThan(-20);
    expect(ducking.isActive).toBe(false);
  });

  it("waits twice as long each time the trouble is soon back", () => {
    const ducking = new Ducking({ depthDb: -30, releaseDbPerSecond: 20, holdMs: 1_000 });
    const waits = [1, 2, 3].map(() => {
      ducking.advance(true);
      let frames = 0;
      while (ducking.isActive) {
        ducking.advance(false);
        frames += 1;
      }
      return frames * 20;
    });
    expect(waits).toEqual([1_000, 2_000, 4_000]);
  });

  it("stays under the gain at which a loop came back, and lets its owner be heard", () => {
    const ducking = new Ducking({
      depthDb: -30,
      releaseDbPerSecond: 20,
      holdMs: 1_000,
      marginDb: 6,
    });
    // A loop of gain 1.5 that is 100 ms long: what goes round grows where the gain leaves it to.
    let [levelDb, wasHowling] = [-40, false];
    const begins: number[] = [];
    const gains = Array.from({ length: 50 * 120 }, (_, frame) => {
      levelDb = Math.max(-60, Math.min(-3, levelDb + (3.5 + ducking.db) / 5));
      const howls = levelDb > -25;
      if (howls && !wasHowling) begins.push(frame / 50);
      wasHowling = howls;
      ducking.advance(howls);
      return ducking.db;
    });
    // Once, once more as the gain is back, and then only where the ceiling has risen too far.
    expect(begins.filter((s) => s < 12).length).toBe(2);
    expect(begins.length).toBeLessThanOrEqual(5);
    const audible = gains.filter((db) => db >= -12);
    expect(audible.length / gains.length).toBeGreaterThan(0.8);
  });

  it("comes back all the way once the loop is gone for good", () => {
    const ducking = new Ducking({
      depthDb: -30,
      releaseDbPerSecond: 20,
      holdMs: 1_000,
      marginDb: 6,
    });
    const quiet = (seconds: number) => {
      for (let frame = 0; frame < seconds * 50; frame += 1) ducking.advance(false);
    };
    ducking.advance(true);
    quiet(4);
    expect(ducking.db).toBe(0);
    ducking.advance(true);
    quiet(8);
    expect(ducking.db).toBeCloseTo(-6, 5);
    quiet(20);
    expect(ducking.db).toBe(0);
  });
});
