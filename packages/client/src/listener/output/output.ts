import type { Channels, Clock, ProgramFrame, RostraError, SpaceId } from "@rostra/wire";
import type { OutputKind } from "../state.ts";

/** What an output says of itself, a few times a second. */
export interface OutputReport {
  /** True only while samples of the program are really leaving. */
  readonly playing: boolean;
  /** Frame number that is leaving; null where the output can't tell. */
  readonly playedFrame: number | null;
  readonly bufferedMs: number;
  /** How much later than live it plays, ms; 0 at live. */
  readonly behindMs: number;
  /** Whether it plays faster where it is behind. */
  readonly following: boolean;
  /** Speed of play, the pitch kept: 1 for as it was spoken. */
  readonly rate: number;
  readonly lostFrames: number;
  /** From leaving us to leaving the speaker, as far as the browser knows, ms. */
  readonly latencyMs: number;
  /** What keeps it from playing; it goes on trying. */
  readonly error: RostraError | null;
}

/**
 * Makes sound of frames, or of a URL. Lives from one `start` of the listener to the next `stop`;
 * made inside a user gesture, because browsers look at the moment of creation.
 */
export interface Output {
  readonly kind: OutputKind;
  /** False for one that fetches the sound itself: it can only play live, or be closed. */
  readonly takesFrames: boolean;
  /**
   * Resolves once the browser lets it play.
   * @throws {ListenerError} `needs-gesture`, `no-output`
   */
  readonly ready: Promise<void>;
  /** @param live false for the first chunk of a connection, which fills the buffer */
  push(frames: readonly ProgramFrame[], live: boolean): void;
  /**
   * How much sound a chunk holds, ms, as the server said it.
   * @param fromFrame first frame that comes so; left out: the next one
   */
  setCadence(cadenceMs: number, fromFrame?: number): void;
  /** Stops and keeps its place; what is pushed meanwhile waits. */
  pause(): void;
  /**
   * Plays on from where it was paused. Call it inside a gesture.
   * @throws {ListenerError} `needs-gesture`
   */
  resume(): Promise<void>;
  /**
   * @param following false: stays as far behind live as it is; true: catches up
   * @param behindMs how far that is, for outputs that can't tell until they have the sound
   */
  setFollowing(following: boolean, behindMs: number): void;
  /** Leaves out what lies between here and live. */
  jumpToLive(): void;
  /** @param volume 0 to 1 */
  setVolume(volume: number): void;
  /** Silence at once; nothing is reported any more. */
  close(): Promise<void>;
}

export interface OutputOptions {
  readonly clock: Clock;
  /** Absolute, without a slash at the end. */
  readonly origin: string;
  readonly spaceId: SpaceId;
  readonly volume: number;
  readonly cadenceMs: number;
  /** Of the program, as far as is known by now: packets say it themselves as they come. */
  readonly channels: Channels;
  readonly report: (report: OutputReport) => void;
  /** Somebody stopped it from outside: the lock screen, a headset's button, unplugged phones. */
  readonly stopped: () => void;
}

/** Browsers answer a play that no gesture allows either at once with no, or never. */
export const GESTURE_WAIT_MS = 1_500;
/** Without a sign of playing for this long, it isn't playing. */
export const STILL_MS = 500;
