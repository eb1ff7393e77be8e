import type { Cancel, Clock } from "@rostra/wire";
import { levelOf, type MicrophoneLevel } from "./level.ts";

/** About 20 times a second: as fast as a meter may move and still be read. */
const PERIOD_MS = 50;
/** 43 ms at 48 kHz. */
const WINDOW_SAMPLES = 2_048;

/** Listens to a track beside whoever else uses it. Owns its AudioContext. */
export class LevelMeter {
  readonly #clock: Clock;
  readonly #context: AudioContext;
  readonly #analyser: AnalyserNode;
  readonly #pcm = new Float32Array(WINDOW_SAMPLES);
  readonly #show: (level: MicrophoneLevel) => void;
  #cancel: Cancel;

  constructor(track: MediaStreamTrack, clock: Clock, show: (level: MicrophoneLevel) => void) {
    this.#clock = clock;
    this.#show = show;
    this.#context = new AudioContext({ latencyHint: "playback" });
    this.#analyser = new AnalyserNode(this.#context, { fftSize: WINDOW_SAMPLES });
    // To no destination: it is measured, never heard.
    this.#context.createMediaStreamSource(new MediaStream([track])).connect(this.#analyser);
    this.#cancel = clock.after(PERIOD_MS, this.#measure);
  }

  close(): void {
    this.#cancel();
    // Frees the device of its audio thread; nothing waits for it.
    void this.#context.close();
  }

  readonly #measure = (): void => {
    this.#cancel = this.#clock.after(PERIOD_MS, this.#measure);
    // Opened without a gesture (a permission that stood already), or interrupted by a call.
    if (this.#context.state !== "running") void this.#context.resume().catch(() => {});
    this.#analyser.getFloatTimeDomainData(this.#pcm);
    this.#show(levelOf(this.#pcm));
  };
}
