import type { MicrophoneError } from "../errors.ts";
import { type Observable, Subject } from "../observable.ts";

export interface MicrophoneDevice {
  readonly id: string;
  /** Empty until the person has allowed the microphone once. */
  readonly label: string;
}

export interface MicrophoneState {
  /** lost: it was unplugged, and no other could be opened in its place. */
  readonly status: "closed" | "opening" | "open" | "lost";
  readonly devices: readonly MicrophoneDevice[];
  /** The device that is open, as the browser names it. */
  readonly deviceId: string | null;
  /** The open track. It stays the owner's: clone it rather than stop or disable it. */
  readonly track: MediaStreamTrack | null;
  /** True while the system itself keeps the sound away (a phone call, a hardware switch). */
  readonly silenced: boolean;
  readonly error: MicrophoneError | null;
}

export interface MicrophoneLevel {
  /** 0 to 1, even on the ear's scale: -60 dBFS to 0 dBFS. */
  readonly level: number;
  /** RMS of the last 50 ms or so; -100 for silence. */
  readonly dbfs: number;
}

/** The microphone of this browser: choose, open, change, watch its level. */
export class Microphone {
  readonly #state = new Subject<MicrophoneState>({
    status: "closed",
    devices: [],
    deviceId: null,
    track: null,
    silenced: false,
    error: null,
  });
  readonly #level = new Subject<MicrophoneLevel>({ level: 0, dbfs: -100 });

  get state(): Observable<MicrophoneState> {
    return this.#state;
  }

  /** About 20 times a second while open. It shows the sound before any muting. */
  get level(): Observable<MicrophoneLevel> {
    return this.#level;
  }

  /** Fills `state.devices`. Labels are there only after the person allowed the microphone. */
  async refreshDevices(): Promise<void> {}

  /**
   * Asks for the microphone; while one is open, changes over to another without a gap in what
   * follows (an uplink replaces its track).
   * @param deviceId left out: the browser's default
   * @throws {MicrophoneError}
   */
  async open(_deviceId?: string): Promise<void> {}

  /** Lets go of the device: the browser's recording light goes out. */
  close(): void {}
}
