import { type Clock, type SoundMode, systemClock } from "@rostra/wire";
import { MicrophoneError } from "../errors.ts";
import { type Observable, Subject } from "../observable.ts";
import { type Capture, type NoiseSuppression, openCapture } from "./capture.ts";
import { type MicrophoneLevel, SILENT_LEVEL } from "./level.ts";
import { LevelMeter } from "./level-meter.ts";
import { mediaDevicesHere } from "./microphone-errors.ts";

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
  /** voice: one channel, cleaned by the browser. music: as it is, in stereo where it can be had. */
  readonly mode: SoundMode;
  /** What takes the noise out of the open track now. */
  readonly noise: NoiseSuppression;
  /** Why `noise` isn't what was chosen; null where it is. */
  readonly noiseError: MicrophoneError | null;
  /** How often the open microphone became another device: whoever speaks may not know. */
  readonly deviceChanges: number;
  /** True while the system itself keeps the sound away (a phone call, a hardware switch). */
  readonly silenced: boolean;
  readonly error: MicrophoneError | null;
}

/** The microphone of this browser: choose, open, change, watch its level. */
export class Microphone {
  readonly #clock: Clock;
  readonly #state = new Subject<MicrophoneState>({
    status: "closed",
    devices: [],
    deviceId: null,
    track: null,
    mode: "voice",
    noise: "platform",
    noiseError: null,
    deviceChanges: 0,
    silenced: false,
    error: null,
  });
  readonly #level = new Subject<MicrophoneLevel>(SILENT_LEVEL);
  #meter: LevelMeter | null = null;
  #capture: Capture | null = null;
  /** What was chosen; `state` says what is. */
  #noise: NoiseSuppression = "platform";
  #lastDeviceId: string | undefined;
  /** Counts what was asked for: an answer to an older question is let go. */
  #asked = 0;
  #watchesDevices = false;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  get state(): Observable<MicrophoneState> {
    return this.#state;
  }

  /** About 20 times a second while open. It shows the sound before any muting. */
  get level(): Observable<MicrophoneLevel> {
    return this.#level;
  }

  /** Fills `state.devices`. Labels are there only after the person allowed the microphone. */
  async refreshDevices(): Promise<void> {
    const all = await mediaDevicesHere().enumerateDevices();
    const devices = all
      .filter(({ kind, deviceId }) => kind === "audioinput" && deviceId !== "")
      .map(({ deviceId, label }) => ({ id: deviceId, label }));
    this.#state.patch({ devices });
  }

  /**
   * Asks for the microphone; while one is open, changes over to another without a gap in what
   * follows (an uplink replaces its track).
   * @param deviceId left out: the browser's default
   * @throws {MicrophoneError}
   */
  async open(deviceId?: string): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    if (this.#state.value.track === null) this.#state.patch({ status: "opening", error: null });
    try {
      const capture = await this.#openCapture(deviceId, () => asked === this.#asked);
      if (asked !== this.#asked) {
        capture.close();
        return;
      }
      this.#take(capture);
    } catch (cause) {
      const error = cause as MicrophoneError; // the only kind there is
      if (asked === this.#asked) this.#onRefused(error);
      throw error;
    }
    this.#watchDevices();
    await this.refreshDevices();
  }

  /**
   * What the sound is: voices are cleaned, music is left as it is. An open microphone is opened
   * anew for it.
   * @throws {MicrophoneError} as `open` does; what was open before stays
   */
  async setMode(mode: SoundMode): Promise<void> {
    const before = this.#state.value.mode;
    if (mode === before) return;
    this.#state.patch({ mode });
    await this.#reopen().catch((error: unknown) => {
      this.#state.patch({ mode: before });
      throw error;
    });
  }

  /**
   * What should take the noise out of a voice; in music nothing does. Where `strong` can't run,
   * the browser's own does it, and `state` says why.
   * @throws {MicrophoneError} as `open` does; what was open before stays
   */
  async setNoise(noise: NoiseSuppression): Promise<void> {
    const before = this.#noise;
    if (noise === before) return;
    this.#noise = noise;
    await this.#reopen().catch((error: unknown) => {
      this.#noise = before;
      throw error;
    });
  }

  /** Lets go of the device: the browser's recording light goes out. */
  close(): void {
    this.#asked += 1;
    this.#unwatchDevices();
    this.#release();
    this.#state.patch({ status: "closed", deviceId: null, track: null, error: null });
  }

  /** Mode and noise may change while the person is asked: it is opened as they are by then. */
  async #openCapture(deviceId: string | undefined, isWanted: () => boolean): Promise<Capture> {
    for (;;) {
      const { mode } = this.#state.value;
      const noise = this.#noise;
      const capture = await openCapture({
        deviceId,
        mode,
        noise,
        clock: this.#clock,
        onBroken: () => {
          if (isWanted()) this.#onBroken();
        },
      });
      const isCurrent = mode === this.#state.value.mode && noise === this.#noise;
      if (isCurrent || !isWanted()) return capture;
      capture.close();
    }
  }

  async #reopen(): Promise<void> {
    if (this.#capture !== null) await this.open(this.#state.value.deviceId ?? undefined);
  }

  #take(capture: Capture): void {
    const before = this.#capture;
    const { track, source, noise, noiseError } = capture;
    const deviceId = source.getSettings().deviceId ?? null;
    this.#capture = capture;
    this.#state.patch({
      status: "open",
      deviceId,
      track,
      noise,
      noiseError,
      deviceChanges: this.#countDevice(deviceId),
      silenced: source.muted,
      error: null,
    });
    // Only now: whoever uses the track has moved on to the new one.
    this.#meter?.close();
    if (before !== null) letGo(before);
    this.#meter = new LevelMeter(track, this.#clock, (level) => this.#level.set(level));
    source.onended = () => void this.#onLost(capture);
    source.onmute = () => this.#state.patch({ silenced: true });
    source.onunmute = () => this.#state.patch({ silenced: false });
  }

  #countDevice(deviceId: string | null): number {
    const { deviceChanges } = this.#state.value;
    const isOther = this.#lastDeviceId !== undefined && deviceId !== this.#lastDeviceId;
    if (deviceId !== null) this.#lastDeviceId = deviceId;
    return deviceId !== null && isOther ? deviceChanges + 1 : deviceChanges;
  }

  /** The strong suppression stopped: the browser's own goes on. */
  #onBroken(): void {
    this.#noise = "platform";
    const reopened = this.#reopen();
    const words = "Strong noise suppression stopped: the browser's own goes on";
    const noiseError = new MicrophoneError("failed", words);
    // Where even that fails, `open` has said so in `state`.
    reopened.then(() => this.#state.patch({ noiseError })).catch(() => {});
  }

  /** What was open before stays open. */
  #onRefused(error: MicrophoneError): void {
    const status = this.#state.value.track === null ? "closed" : "open";
    this.#state.patch({ status, error });
  }

  /** Unplugged, or taken by the system: the show goes on with whatever else there is. */
  async #onLost(capture: Capture): Promise<void> {
    if (this.#capture !== capture) return;
    this.#release();
    this.#state.patch({ status: "opening", deviceId: null, track: null });
    try {
      await this.open();
    } catch (cause) {
      // Chosen or closed by the person in the meantime.
      if (this.#state.value.track !== null) return;
      const error = new MicrophoneError("lost", "The microphone was unplugged", { cause });
      this.#state.patch({ status: "lost", error });
    }
  }

  #release(): void {
    this.#meter?.close();
    this.#meter = null;
    if (this.#capture !== null) letGo(this.#capture);
    this.#capture = null;
    this.#level.set(SILENT_LEVEL);
  }

  #watchDevices(): void {
    if (this.#watchesDevices) return;
    this.#watchesDevices = true;
    mediaDevicesHere().addEventListener("devicechange", this.#onDeviceChange);
  }

  #unwatchDevices(): void {
    if (!this.#watchesDevices) return;
    this.#watchesDevices = false;
    mediaDevicesHere().removeEventListener("devicechange", this.#onDeviceChange);
  }

  readonly #onDeviceChange = (): void => {
    // A list that can't be had stays as it was; the devices themselves report their own loss.
    this.refreshDevices().catch(() => {});
    // Plugged back in: nobody has to press anything.
    if (this.#state.value.status === "lost") this.open().catch(() => {});
  };
}

function letGo(capture: Capture): void {
  const { source } = capture;
  source.onended = null;
  source.onmute = null;
  source.onunmute = null;
  capture.close();
}
