import { fitted, Leveller, VoiceActivity, VoiceGuard, VoiceMeter } from "@rostra/sound";
import { FRAME_SAMPLES, FRAMES_PER_SECOND, type SoundMode } from "@rostra/wire";

/** After a second of digital silence there is no howl left, and no echo. */
const IDLE_AFTER_FRAMES = FRAMES_PER_SECOND;

/**
 * What is done to one voice between its decoder and the mix, in place and without delay: the guard
 * against howl and echo, then levelling towards -16 LUFS. Music is left as it is, and so is stereo,
 * which is music; whether somebody speaks is then told by the mean of both sides.
 */
export class VoiceChain {
  readonly #guard = new VoiceGuard();
  readonly #leveller = new Leveller();
  readonly #meter = new VoiceMeter();
  #voice = new VoiceActivity();
  #isSpeaking = false;
  #silentFrames = 0;

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
   * @param isSilent whether it is nothing but zeros
   * @param sent what its owner was sent in the frame before; undefined: nothing
   */
  process(
    pcm: Float32Array,
    isSilent: boolean,
    sent: Float32Array | undefined,
    mode: SoundMode,
  ): void {
    const isVoice = mode === "voice" && pcm.length === FRAME_SAMPLES;
    if (isVoice) this.#guardAgainst(pcm, sent, isSilent);
    // Silence that was made here says nothing of the room that the detector has learnt.
    if (isSilent && !this.#isSpeaking) return;
    const reading = this.#meter.measure(fitted(pcm, FRAME_SAMPLES));
    this.#isSpeaking = this.#voice.push(reading);
    if (isVoice && !isSilent) this.#leveller.process(pcm, this.#isSpeaking, reading);
  }

  /** Nothing comes from a microphone that is left out: nothing to look for until it is back. */
  #guardAgainst(pcm: Float32Array, sent: Float32Array | undefined, isSilent: boolean): void {
    this.#silentFrames = isSilent ? this.#silentFrames + 1 : 0;
    if (this.#silentFrames > IDLE_AFTER_FRAMES) return;
    if (this.#silentFrames === IDLE_AFTER_FRAMES) this.#guard.reset();
    // A space that was for music until now may have sent stereo.
    else this.#guard.process(pcm, sent && fitted(sent, FRAME_SAMPLES));
  }

  /** The sound was cut. How loud its owner talks is still known: they are heard as before. */
  reset(): void {
    this.#guard.reset();
    this.#voice = new VoiceActivity();
    this.#isSpeaking = false;
  }
}
