import { Leveller, VoiceActivity, VoiceGuard } from "@rostra/sound";
import type { SoundMode } from "@rostra/wire";

/**
 * What is done to one voice between its decoder and the mix, in place and without delay: the guard
 * against howl and echo, then levelling towards -16 LUFS. Music is left as it is.
 */
export class VoiceChain {
  readonly #guard = new VoiceGuard();
  readonly #leveller = new Leveller();
  #voice = new VoiceActivity();
  #isSpeaking = false;

  /** Whether a voice is heard now, or was just now; what the guard takes away is none. */
  get isSpeaking(): boolean {
    return this.#isSpeaking;
  }

  get isHowling(): boolean {
    return this.#guard.isHowling;
  }

  get isEchoing(): boolean {
    return this.#guard.isEchoing;
  }

  /**
   * @param pcm one frame as the microphone gave it
   * @param sent what its owner was sent in the frame before; undefined: nothing
   */
  process(pcm: Float32Array, sent: Float32Array | undefined, mode: SoundMode): void {
    const isVoice = mode === "voice";
    if (isVoice) this.#guard.process(pcm, sent);
    this.#isSpeaking = this.#voice.push(pcm);
    if (isVoice) this.#leveller.process(pcm, this.#isSpeaking);
  }

  /** The sound was cut. How loud its owner talks is still known: they are heard as before. */
  reset(): void {
    this.#guard.reset();
    this.#voice = new VoiceActivity();
    this.#isSpeaking = false;
  }
}
