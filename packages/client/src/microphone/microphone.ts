import { type Clock, systemClock } from "@rostra/wire";
import { MicrophoneError } from "../errors.ts";
import { type Observable, Subject } from "../observable.ts";
import { type MicrophoneLevel, SILENT_LEVEL } from "./level.ts";
import { LevelMeter } from "./level-meter.ts";
import { mediaDevicesHere, microphoneErrorOf } from "./microphone-errors.ts";

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

/** What browsers do best by themselves; stereo would switch echo cancellation off. */
const PROCESSING: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
  channelCount: 1,
};

/** The microphone of this browser: choose, open, change, watch its level. */
export class Microphone {
  readonly #clock: Clock;
  readonly #state = new Subject<MicrophoneState>({
    status: "closed",
    devices: [],
    deviceId: null,
    track: null,
    silenced: false,
    error: null,
  });
  readonly #level = new Subject<MicrophoneLevel>(SILENT_LEVEL);
  #meter: LevelMeter | null = null;
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
      const track = await askForTrack(deviceId);
      if (asked !== this.#asked) {
        track.stop();
        return;
      }
      this.#take(track);
    } catch (cause) {
      const error = cause instanceof MicrophoneError ? cause : microphoneErrorOf(cause);
      if (asked === this.#asked) this.#onRefused(error);
      throw error;
    }
    this.#watchDevices();
    await this.refreshDevices();
  }

  /** Lets go of the device: the browser's recording light goes out. */
  close(): void {
    this.#asked += 1;
    this.#unwatchDevices();
    this.#release();
    this.#state.patch({ status: "closed", deviceId: null, track: null, error: null });
  }

  #take(track: MediaStreamTrack): void {
    const before = this.#state.value.track;
    this.#state.patch({
      status: "open",
      deviceId: track.getSettings().deviceId ?? null,
      track,
      silenced: track.muted,
      error: null,
    });
    // Only now: whoever uses the track has moved on to the new one.
    this.#meter?.close();
    before?.stop();
    this.#meter = new LevelMeter(track, this.#clock, (level) => this.#level.set(level));
    track.onended = () => void this.#onLost(track);
    track.onmute = () => this.#state.patch({ silenced: true });
    track.onunmute = () => this.#state.patch({ silenced: false });
  }

  /** What was open before stays open. */
  #onRefused(error: MicrophoneError): void {
    const status = this.#state.value.track === null ? "closed" : "open";
    this.#state.patch({ status, error });
  }

  /** Unplugged, or taken by the system: the show goes on with whatever else there is. */
  async #onLost(track: MediaStreamTrack): Promise<void> {
    if (this.#state.value.track !== track) return;
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
    const { track } = this.#state.value;
    this.#meter?.close();
    this.#meter = null;
    if (track !== null) {
      track.onended = null;
      track.onmute = null;
      track.onunmute = null;
      track.stop();
    }
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

async function askForTrack(deviceId: string | undefined): Promise<MediaStreamTrack> {
  const chosen = deviceId === undefined ? {} : { deviceId: { exact: deviceId } };
  const audio = { ...PROCESSING, ...chosen };
  const stream = await mediaDevicesHere().getUserMedia({ audio });
  const track = stream.getAudioTracks()[0];
  if (track === undefined) throw new MicrophoneError("not-found", "The browser gave no microphone");
  // Tells the encoder what it will hear.
  track.contentHint = "speech";
  return track;
}
