import { type ReadonlySignal, signal } from "@preact/signals";
import { testTone } from "./test-tone.ts";

/** What the test does for the moment. */
export type DeviceTestPhase = "idle" | "recording" | "playing" | "tone";

export interface Speaker {
  readonly id: string;
  readonly label: string;
}

/** How long one speaks to hear oneself. */
const RECORD_MS = 3_000;

/** Whether this browser lets a page choose the loudspeaker. */
export const canChooseSpeaker: boolean =
  typeof HTMLMediaElement !== "undefined" && "setSinkId" in HTMLMediaElement.prototype;

/**
 * Hear yourself back, and hear a tone: before anybody else does. Owns its recorder, element and the
 * addresses of what it plays; `stop` ends whatever goes on.
 */
export class DeviceTest {
  readonly #phase = signal<DeviceTestPhase>("idle");
  readonly #problem = signal("");
  readonly #speakers = signal<readonly Speaker[]>([]);
  #end: () => void = () => {};

  get phase(): ReadonlySignal<DeviceTestPhase> {
    return this.#phase;
  }

  get problem(): ReadonlySignal<string> {
    return this.#problem;
  }

  get speakers(): ReadonlySignal<readonly Speaker[]> {
    return this.#speakers;
  }

  /** Loudspeakers have names only once a microphone was allowed. */
  async refreshSpeakers(): Promise<void> {
    try {
      const all = await navigator.mediaDevices.enumerateDevices();
      this.#speakers.value = all
        .filter(({ kind, deviceId }) => kind === "audiooutput" && deviceId !== "")
        .map(({ deviceId, label }) => ({ id: deviceId, label }));
    } catch {
      // The choice then isn't offered.
    }
  }

  /** Three seconds of the microphone, then played back. @param track stays its owner's */
  async hearMyself(track: MediaStreamTrack, speakerId: string): Promise<void> {
    this.stop();
    try {
      const blob = await this.#record(track.clone());
      if (blob !== null) await this.#play(blob, speakerId, "playing");
    } catch {
      this.#fail("This browser can't record here. The level above shows that you are heard.");
    }
  }

  async playTone(speakerId: string): Promise<void> {
    this.stop();
    try {
      await this.#play(testTone(), speakerId, "tone");
    } catch {
      this.#fail("The tone can't be played. Choose another loudspeaker.");
    }
  }

  stop(): void {
    this.#end();
    this.#end = () => {};
    this.#phase.value = "idle";
    this.#problem.value = "";
  }

  #fail(words: string): void {
    this.stop();
    this.#problem.value = words;
  }

  /** @returns null where it was stopped before there was something to hear */
  #record(track: MediaStreamTrack): Promise<Blob | null> {
    return new Promise((resolve, reject) => {
      const recorder = new MediaRecorder(new MediaStream([track]));
      const pieces: Blob[] = [];
      let isStopped = false;
      const timer = setTimeout(() => recorder.stop(), RECORD_MS);
      this.#end = () => {
        isStopped = true;
        if (recorder.state !== "inactive") recorder.stop();
      };
      recorder.ondataavailable = ({ data }) => pieces.push(data);
      recorder.onerror = () => reject(new DOMException("not recorded", "NotReadableError"));
      recorder.onstop = () => {
        clearTimeout(timer);
        track.stop();
        resolve(isStopped ? null : new Blob(pieces, { type: recorder.mimeType }));
      };
      recorder.start();
      this.#phase.value = "recording";
    });
  }

  async #play(blob: Blob, speakerId: string, phase: DeviceTestPhase): Promise<void> {
    const element = new Audio(URL.createObjectURL(blob));
    this.#end = () => {
      element.onended = null;
      element.pause();
      URL.revokeObjectURL(element.src);
    };
    this.#phase.value = phase;
    element.onended = () => this.stop();
    if (canChooseSpeaker) await element.setSinkId(speakerId);
    await element.play();
  }
}
