/** A loudspeaker for what one stage sends: the port, so that pairs can be tested without one. */
export interface StageOutput {
  show(stream: MediaStream): Promise<void>;
  /** Goes on playing without a sound: it can be heard again at once. */
  setMuted(muted: boolean): void;
  /** In a gesture it can't be refused. */
  play(): Promise<void>;
  /** Where the browser lets pages choose; a device that is gone leaves the sound where it was. */
  setSpeaker(deviceId: string): void;
  close(): void;
}

/**
 * Plays what the stage sends back. In an element, never through Web Audio: browsers cancel the echo
 * of what elements play, and let Web Audio's through to the microphone.
 */
export class StageAudio implements StageOutput {
  readonly #element = new Audio();
  readonly #blocked: (blocked: boolean) => void;

  /** @param blocked called when the browser refuses to play without a gesture, and when it does */
  constructor(blocked: (blocked: boolean) => void) {
    this.#blocked = blocked;
    this.#element.autoplay = true;
  }

  async show(stream: MediaStream): Promise<void> {
    this.#element.srcObject = stream;
    await this.play();
  }

  setMuted(muted: boolean): void {
    this.#element.muted = muted;
  }

  async play(): Promise<void> {
    if (this.#element.srcObject === null) return;
    try {
      await this.#element.play();
      this.#blocked(false);
    } catch (cause) {
      // Anything else is a stream that changed in the meantime: the next one plays.
      if (cause instanceof DOMException && cause.name === "NotAllowedError") this.#blocked(true);
    }
  }

  setSpeaker(deviceId: string): void {
    if (typeof this.#element.setSinkId !== "function") return;
    if (deviceId !== this.#element.sinkId) this.#element.setSinkId(deviceId).catch(() => {});
  }

  close(): void {
    this.#element.pause();
    this.#element.srcObject = null;
  }
}
