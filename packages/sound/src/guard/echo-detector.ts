import { FRAME_SAMPLES } from "@rostra/wire";
import { Decimator } from "./decimator.ts";
import { EchoPath } from "./echo-path.ts";
import { LagSearch } from "./lag-search.ts";

const DECIMATION = 12;
/** Samples of a frame at 4 kHz. */
const STEP = FRAME_SAMPLES / DECIMATION;
/** Sound of a voice falls with frequency: lifted, so that every band has its say. */
const PRE_EMPHASIS = 0.9;

/**
 * Recognises a microphone that sends back the mix that was sent to it, 20 to 950 ms later, through
 * room, loudspeaker and codecs: whether there is such a loop, and whether it is all that the
 * microphone carries for the moment (else its owner speaks too).
 */
export class EchoDetector {
  readonly #micDecimator = new Decimator(DECIMATION, FRAME_SAMPLES);
  readonly #sentDecimator = new Decimator(DECIMATION, FRAME_SAMPLES);
  readonly #mic = new Float32Array(STEP);
  readonly #sent = new Float32Array(STEP);
  readonly #last = { mic: 0, sent: 0 };
  readonly #search = new LagSearch(STEP);
  readonly #path = new EchoPath();

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
   * @param voice 960 samples of the microphone
   * @param sent 960 samples sent to its owner; undefined: nothing
   */
  push(voice: Float32Array, sent: Float32Array | undefined): void {
    this.#micDecimator.process(voice, this.#mic);
    this.#last.mic = emphasise(this.#mic, this.#last.mic);
    if (sent === undefined) this.#sent.fill(0);
    else this.#sentDecimator.process(sent, this.#sent);
    this.#last.sent = emphasise(this.#sent, this.#last.sent);
    this.#path.push(meanPower(this.#mic), meanPower(this.#sent));
    if (this.#search.push(this.#mic, this.#sent)) this.#path.judge(this.#search);
  }

  reset(): void {
    this.#search.reset();
    this.#path.reset();
  }
}

/** @returns the last sample as it was */
function emphasise(pcm: Float32Array, before: number): number {
  let last = before;
  for (let i = 0; i < pcm.length; i += 1) {
    const sample = pcm[i]!;
    pcm[i] = sample - PRE_EMPHASIS * last;
    last = sample;
  }
  return last;
}

function meanPower(pcm: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < pcm.length; i += 1) sum += pcm[i]! * pcm[i]!;
  return sum / pcm.length;
}
