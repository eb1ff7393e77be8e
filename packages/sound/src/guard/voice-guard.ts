import { FRAME_SAMPLES } from "@rostra/wire";
import { Decimator } from "./decimator.ts";
import { Ducking } from "./ducking.ts";
import { EchoDetector } from "./echo-detector.ts";
import { HowlDetector } from "./howl-detector.ts";
import type { SentSound } from "./sent-sound.ts";

/** Mean power of a microphone in which nobody could hear a howl or an echo: -64 dBFS. */
const QUIET_POWER = 10 ** -6.4;
/** Words have pauses; after so long there is nothing to look for until the microphone sounds. */
const IDLE_AFTER_FRAMES = 25;

/** The frame at hand at 16 kHz, whose ever it is. */
const wide = new Float32Array(FRAME_SAMPLES / 3);

/**
 * Keeps one speaker's microphone from harming the others: ducks it while it howls (-30 dB) and
 * while all it carries is what it was sent (-24 dB). One per speaker; allocates nothing per frame.
 */
export class VoiceGuard {
  readonly #decimator = new Decimator(3);
  readonly #howl = new HowlDetector();
  readonly #echo = new EchoDetector();
  readonly #howlDucking = new Ducking({
    depthDb: -30,
    releaseDbPerSecond: 20,
    holdMs: 1_000,
    marginDb: 6,
  });
  readonly #echoDucking = new Ducking({ depthDb: -24, releaseDbPerSecond: 800 });
  #gain = 1;
  #quietFrames = 0;

  /** Whether the microphone whistles, or did less than about a second ago. */
  get isHowling(): boolean {
    return this.#howlDucking.isActive;
  }

  /** Whether the microphone sends back what it is sent. Its owner may be heard all the same. */
  get isEchoing(): boolean {
    return this.#echo.isLooping;
  }

  /** The gain at the end of the last frame, 0 to 1. */
  get gain(): number {
    return this.#gain;
  }

  /**
   * Ducks `voice` in place.
   * @param voice 20 ms as the microphone gave it: 960 samples, before any levelling
   * @param sent what this speaker was sent in the frame before: 960 samples, or what was made of them
   * for all who were sent the same; undefined: nothing
   * @returns the gain at the end of the frame, 0 to 1; 1: left as it was
   */
  process(voice: Float32Array, sent: Float32Array | SentSound | undefined): number {
    this.#quietFrames = isQuiet(voice) ? this.#quietFrames + 1 : 0;
    if (this.#quietFrames > IDLE_AFTER_FRAMES && this.#gain === 1 && !this.isEchoing) {
      this.#echo.push(undefined, sent);
      return 1;
    }
    this.#decimator.process(voice, wide);
    const howls = this.#howl.push(wide);
    this.#echo.push(wide, sent);
    this.#howlDucking.advance(howls);
    this.#echoDucking.advance(this.#echo.isExplained);
    const gain = 10 ** (Math.min(this.#howlDucking.db, this.#echoDucking.db) / 20);
    ramp(voice, this.#gain, gain);
    this.#gain = gain;
    return gain;
  }

  /** Forgets what was heard: after a mute, or where the microphone became another. */
  reset(): void {
    this.#howl.reset();
    this.#echo.reset();
    this.#howlDucking.reset();
    this.#echoDucking.reset();
    this.#gain = 1;
  }
}

/** By every fourth sample; what is no number isn't quiet. */
function isQuiet(pcm: Float32Array): boolean {
  let sum = 0;
  for (let i = 0; i < pcm.length; i += 4) sum += pcm[i]! * pcm[i]!;
  return sum < (QUIET_POWER * pcm.length) / 4;
}

function ramp(pcm: Float32Array, from: number, to: number): void {
  if (from === 1 && to === 1) return;
  const step = (to - from) / FRAME_SAMPLES;
  for (let i = 0; i < pcm.length; i += 1) pcm[i] = pcm[i]! * (from + step * (i + 1));
}
