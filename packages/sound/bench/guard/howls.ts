import { FRAME_MS, FRAME_SAMPLES } from "@rostra/wire";
import { fourierOf } from "../../src/guard/fourier.ts";
import { HowlDetector } from "../../src/guard/howl-detector.ts";
import { VoiceGuard } from "../../src/guard/voice-guard.ts";
import { rmsDbfs } from "../../src/level/rms.ts";
import { Limiter } from "../../src/mixer/limiter.ts";
import { atSixteen } from "../../test/at-sixteen.ts";
import { fastestGrowth, modesOf } from "./modes.ts";
import { Room } from "./room.ts";

export interface HowlRun {
  /**
   * From when there is a howl to be heard, s after closing; null: never. The sound has gone round
   * twice, so that it has grown; half of what comes back lies within 78 Hz, at a mode that grows, and
   * it is as loud as the voice for 200 ms. The bench knows all this; the detector doesn't.
   */
  readonly detectableS: number | null;
  /** When the detector said so, s after closing; null: never. */
  readonly detectedS: number | null;
  /** How fast the loop's fastest mode grows, dB a second; null: none does, so it never howls. */
  readonly growth: number | null;
}

export interface HowlLoop {
  readonly voice: Float32Array;
  /** Of the whole loop at the frequency where it is highest. */
  readonly gain: number;
  readonly delayMs: number;
  readonly seed: number;
  /** What the loudspeaker's own limiter lets through; 1: it has none. */
  readonly ceiling?: number;
}

/** The loop closes after a second; the microphone clips at full scale, the mix is limited. */
const CLOSES_AT_S = 1;

/** A closed loop; `onFrame` may change what goes round. */
function runLoop(
  loop: HowlLoop,
  onFrame: (mic: Float32Array, back: Float32Array, s: number) => boolean,
) {
  const room = new Room(loop.seed, loop.delayMs);
  const gain = loop.gain / Room.peakGain(loop.seed);
  const limiter = new Limiter();
  for (let at = 0; at + FRAME_SAMPLES <= loop.voice.length; at += FRAME_SAMPLES) {
    const s = at / 48_000 - CLOSES_AT_S;
    const back = room
      .heard(FRAME_SAMPLES)
      .map((sample) => (s < 0 ? 0 : limited(sample * gain, loop.ceiling ?? 1)));
    const mic = back.map((sample, i) => Math.max(-1, Math.min(1, sample + loop.voice[at + i]!)));
    if (!onFrame(mic, back, s)) return;
    limiter.process(mic);
    room.play(mic);
  }
}

function limited(sample: number, ceiling: number): number {
  return ceiling === 1 ? sample : ceiling * Math.tanh(sample / ceiling);
}

/** The guard only listens: when does it know. */
export function howlRun(loop: HowlLoop): HowlRun {
  const detector = new HowlDetector();
  const wide = atSixteen();
  const tone = new ToneShare();
  const modes = modesOf(loop.seed, loop.delayMs);
  const growing = modes.filter(({ gain }) => gain * loop.gain > 1);
  let [detectableS, detectedS]: (number | null)[] = [null, null];
  let frames = 0;
  runLoop(loop, (mic, back, s) => {
    const own = mic.map((sample, i) => sample - back[i]!);
    const isLoud = rmsDbfs(back) > Math.max(-50, rmsDbfs(own));
    const { share, hz } = tone.of(back);
    const isTone = share > 0.5 && growing.some((mode) => Math.abs(mode.hz - hz) < BIN_HZ);
    frames = isLoud && isTone && s >= (2 * loop.delayMs) / 1000 ? frames + 1 : 0;
    if (frames === 10) detectableS ??= s - (9 * FRAME_MS) / 1000;
    if (detector.push(wide(mic))) detectedS ??= s + FRAME_MS / 1000;
    return detectableS === null || detectedS === null;
  });
  return { detectableS, detectedS, growth: fastestGrowth(modes, loop.gain) };
}

const BIN_HZ = 16_000 / 1_024;

/** How much of the power of the last 64 ms lies in the strongest bin and two on either side, and where. */
class ToneShare {
  readonly #wide = atSixteen();
  readonly #recent = new Float32Array(1024);
  readonly #re = new Float32Array(513);
  readonly #im = new Float32Array(513);

  of(frame: Float32Array): { share: number; hz: number } {
    this.#recent.copyWithin(0, 320);
    this.#recent.set(this.#wide(frame), 1024 - 320);
    const windowed = this.#recent.map(
      (sample, i) =>
        (sample - 0.9 * (this.#recent[i - 1] ?? 0)) *
        (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / 1024)),
    );
    fourierOf(1024).forward(windowed, this.#re, this.#im);
    const power = this.#re.map((value, k) => value ** 2 + this.#im[k]! ** 2);
    const top = power.indexOf(Math.max(...power));
    const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0);
    const share = sum(power.subarray(Math.max(0, top - 2), top + 3)) / (sum(power) + 1e-20);
    return { share, hz: top * BIN_HZ };
  }
}

export interface StageLoopRun {
  /** When either guard said so, s after what came back was first audible; null: never. */
  readonly detectedS: number | null;
  /** What went round in the last three seconds, dBFS. */
  readonly endDbfs: number;
  /** How often a guard that had let go began anew. */
  readonly relapses: number;
}

/**
 * Two people in two rooms with loudspeakers, their sound carried by the stage: the first one's
 * voice comes back out of the second one's room, and so on. Half of delay and gain is each one's.
 */
export function stageLoopRun(loop: HowlLoop, isGuarded: boolean): StageLoopRun {
  const sides = [new Side(loop), new Side(loop)] as const;
  let [audibleAt, detectedS]: (number | null)[] = [null, null];
  let [energy, count] = [0, 0];
  for (let at = 0; at + FRAME_SAMPLES <= loop.voice.length; at += FRAME_SAMPLES) {
    const voice = loop.voice.subarray(at, at + FRAME_SAMPLES);
    const backs = sides.map((side) => side.hear());
    if (rmsDbfs(backs[1]!) > -60) audibleAt ??= at;
    const mics = sides.map((side, i) =>
      side.speak(backs[i]!, i === 0 ? voice : undefined, isGuarded),
    );
    for (const [i, side] of sides.entries()) side.play(mics[1 - i]!);
    if (audibleAt !== null && sides.some(({ isTroubled }) => isTroubled)) {
      detectedS ??= (at - audibleAt) / 48_000 + FRAME_MS / 1000;
    }
    if (at < loop.voice.length - 3 * 48_000) continue;
    energy += 10 ** (rmsDbfs(backs[0]!) / 10);
    count += 1;
  }
  const relapses = sides.reduce((sum, { begins }) => sum + Math.max(0, begins - 1), 0);
  return { detectedS, endDbfs: 10 * Math.log10(energy / count + 1e-12), relapses };
}

/** One of two who hear each other. */
class Side {
  readonly #room: Room;
  readonly #gain: number;
  readonly #guard = new VoiceGuard();
  readonly #limiter = new Limiter();
  #sent: Float32Array = new Float32Array(FRAME_SAMPLES);
  isTroubled = false;
  begins = 0;

  constructor({ seed, delayMs, gain }: HowlLoop) {
    this.#room = new Room(seed, delayMs / 2);
    this.#gain = Math.sqrt(gain) / Room.peakGain(seed);
  }

  hear(): Float32Array {
    return this.#room.heard(FRAME_SAMPLES).map((sample) => sample * this.#gain);
  }

  speak(back: Float32Array, voice: Float32Array | undefined, isGuarded: boolean): Float32Array {
    const mic = back.map((sample, i) => Math.max(-1, Math.min(1, sample + (voice?.[i] ?? 0))));
    this.#guard.process(isGuarded ? mic : mic.slice(), this.#sent);
    const isTroubled = this.#guard.isHowling || this.#guard.isEchoing;
    if (isTroubled && !this.isTroubled) this.begins += 1;
    this.isTroubled = isTroubled;
    this.#limiter.process(mic);
    return mic;
  }

  play(sent: Float32Array): void {
    this.#sent = sent;
    this.#room.play(sent);
  }
}
