import { FRAME_SAMPLES } from "@rostra/wire";
import { Decimator } from "./decimator.ts";
import { EchoPath } from "./echo-path.ts";
import { emphasise } from "./emphasis.ts";
import { LagSearch } from "./lag-search.ts";
import { meanPower } from "./mean-power.ts";
import { SentSound } from "./sent-sound.ts";

/** Samples of a frame at 16 kHz, and at 4 kHz. */
const WIDE_STEP = FRAME_SAMPLES / 3;
const STEP = WIDE_STEP / 4;
/** A peak so high may be an echo's: the next look is due soon. */
const PROMISING_SCORE = 6;

/**
 * Recognises a microphone that sends back the mix that was sent to it, 20 to 950 ms later, through
 * room, loudspeaker and codecs: whether there is such a loop, and whether it is all that the
 * microphone carries for the moment (else its owner speaks too).
 */
export class EchoDetector {
  readonly #micDecimator = new Decimator(4);
  readonly #mic = new Float32Array(STEP);
  #lastMic = 0;
  /** Where nobody has made it for us. */
  readonly #sent = new SentSound();
  readonly #search = new LagSearch(STEP);
  #isTurn = false;
  readonly #path = new EchoPath(this.#search.peaks.length);

  /** Whether the microphone sends back what it is sent. */
  get isLooping(): boolean {
    return this.#path.isOpen;
  }

  /** Whether the last frame holds nothing but what was sent. */
  get isExplained(): boolean {
    return this.#path.isExplained;
  }

  /** How long the sound is under way, ms; 0: there is no loop. */
  get delayMs(): number {
    return this.#path.isOpen ? (this.#path.lag / STEP) * 20 : 0;
  }

  /**
   * @param voice a frame of the microphone at 16 kHz: 320 samples; undefined: it is quiet
   * @param sent what its owner was sent: 960 samples at 48 kHz, or made of them; undefined: nothing
   */
  push(voice: Float32Array | undefined, sent: Float32Array | SentSound | undefined): void {
    if (voice === undefined) this.#mic.fill(0);
    else this.#micDecimator.process(voice, this.#mic);
    this.#lastMic = emphasise(this.#mic, this.#lastMic);
    const { pcm, power } = sent instanceof SentSound ? sent : this.#take(sent);
    this.#path.push(meanPower(this.#mic), power);
    if (this.#search.push(this.#mic, pcm)) this.#look();
  }

  #take(sent: Float32Array | undefined): SentSound {
    this.#sent.take(sent);
    return this.#sent;
  }

  /** At the end of a hop. One look in two will do while nothing speaks for an echo. */
  #look(): void {
    const isPromising =
      this.#search.peaks.some(({ score }) => score >= PROMISING_SCORE) || this.#path.mayFollow;
    const isUrgent = isPromising && !this.#path.isOpen;
    this.#isTurn = !this.#isTurn;
    if (!isUrgent && !this.#isTurn) return;
    this.#search.look(isUrgent || this.#path.isOpen);
    this.#path.judge(this.#search);
  }

  reset(): void {
    this.#search.reset();
    this.#path.reset();
  }
}
