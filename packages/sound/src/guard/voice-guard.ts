import { FRAME_SAMPLES } from "@rostra/wire";
import { Ducking } from "./ducking.ts";
import { EchoDetector } from "./echo-detector.ts";
import { HowlDetector } from "./howl-detector.ts";

/**
 * Keeps one speaker's microphone from harming the others: ducks it while it howls (-30 dB) and
 * while all it carries is what it was sent (-24 dB). One per speaker; allocates nothing per frame.
 */
export class VoiceGuard {
  readonly #howl = new HowlDetector();
  readonly #echo = new EchoDetector();
  readonly #howlDucking = new Ducking({ depthDb: -30, releaseDbPerSecond: 20, holdMs: 1_000 });
  readonly #echoDucking = new Ducking({ depthDb: -24, releaseDbPerSecond: 800 });
  #gain = 1;

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
   * @param sent what this speaker was sent in the frame before; undefined: nothing
   * @returns the gain at the end of the frame, 0 to 1; 1: left as it was
   */
  process(voice: Float32Array, sent: Float32Array | undefined): number {
    const howls = this.#howl.push(voice);
    this.#echo.push(voice, sent);
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

function ramp(pcm: Float32Array, from: number, to: number): void {
  if (from === 1 && to === 1) return;
  const step = (to - from) / FRAME_SAMPLES;
  for (let i = 0; i < pcm.length; i += 1) pcm[i] = pcm[i]! * (from + step * (i + 1));
}
