import { fitted, Leveller, VoiceActivity, VoiceMeter } from "@rostra/sound";
import { type SentSound, VoiceGuard } from "@rostra/sound/guard";
import { FRAME_SAMPLES, FRAMES_PER_SECOND, type SoundMode } from "@rostra/wire";
import { meanSquare } from "../mix/mean-square.ts";

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
  #arrived = 0;

  /** Whether a voice is heard now, or was just now; what the guard takes away is none. */
  get isSpeaking(): boolean {
    return this.#isSpeaking;
  }

  /** How far levelling turns the voice up or down, dB, without what calms shouts. */
  get gainDb(): number {
    return this.#leveller.steadyDb;
  }

  /** Levels on from there: another stage has found so for the same voice. */
  adoptGain(gainDb: number): void {
    this.#leveller.adopt(gainDb);
  }

  /** Mean square of the last frame as the microphone gave it. */
  get arrived(): number {
    return this.#arrived;
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
   * @returns mean square of what is left of it
   */
  process(
    pcm: Float32Array,
    isSilent: boolean,
    sent: SentSound | undefined,
    mode: SoundMode,
  ): number {
    this.#arrived = 0;
    const isMono = pcm.length === FRAME_SAMPLES;
    const isVoice = mode === "voice" && isMono;
    const gainBefore = this.#guard.gain;
    if (isVoice) this.#guardAgainst(pcm, sent, isSilent);
    // Silence that was made here says nothing of the room that the detector has learnt.
    if (isSilent && !this.#isSpeaking) return 0;
    const reading = this.#meter.measure(fitted(pcm, FRAME_SAMPLES));
    this.#isSpeaking = this.#voice.push(reading);
    if (isSilent) return 0;
    // The mean of both sides says too little of stereo, where they are opposite.
    const left = isMono ? reading.plain : meanSquare(pcm);
    this.#arrived = isVoice ? left / powerGain(gainBefore, this.#guard.gain) : left;
    return isVoice ? this.#leveller.process(pcm, this.#isSpeaking, reading) : left;
  }

  /** Nothing comes from a microphone that is left out: nothing to look for until it is back. */
  #guardAgainst(pcm: Float32Array, sent: SentSound | undefined, isSilent: boolean): void {
    this.#silentFrames = isSilent ? this.#silentFrames + 1 : 0;
    if (this.#silentFrames > IDLE_AFTER_FRAMES) return;
    if (this.#silentFrames === IDLE_AFTER_FRAMES) this.#guard.reset();
    else this.#guard.process(pcm, sent);
  }

  /** The sound was cut. How loud its owner talks is still known: they are heard as before. */
  reset(): void {
    this.#guard.reset();
    this.#voice = new VoiceActivity();
    this.#isSpeaking = false;
  }
}

/** What a gain that moves in a straight line does to the power of steady sound. */
function powerGain(from: number, to: number): number {
  return (from * from + from * to + to * to) / 3;
}
