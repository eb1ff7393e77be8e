import type {
  HandQueue,
  ListenerCount,
  Notice,
  RaidNews,
  Rendition,
  RostraError,
  SpaceSnapshot,
  StageStatus,
} from "@rostra/wire";
import type { Crowded } from "./connection/room.ts";

/**
 * idle: not opened yet, or closed. connecting: the first time. open: events (and sound, if asked
 * for) flow. reconnecting: lost, coming back by itself; sound goes on from the buffer meanwhile.
 * ended: the space is over. refused: coming back is pointless; `error` says why.
 */
export type ConnectionState = "idle" | "connecting" | "open" | "reconnecting" | "ended" | "refused";

/** How sound leaves: Web Audio, Media Source Extensions, or a plain stream in an element. */
export type OutputKind = "worklet" | "mse" | "element";

/** All that a page needs to show. Updated at most ten times a second while playing. */
export interface ListenerState {
  readonly connection: ConnectionState;
  /** True between `start` and `pause` or `stop`: sound is wanted, whether or not it leaves yet. */
  readonly wanted: boolean;
  /** True between `pause` and what ends it: `start` plays on from here, as far behind as it is. */
  readonly paused: boolean;
  /** True only while samples of the program are really leaving. */
  readonly playing: boolean;
  /** What plays; null before the first `start`. */
  readonly output: OutputKind | null;
  /** 0 to 1. */
  readonly volume: number;
  readonly space: SpaceSnapshot | null;
  readonly stage: StageStatus | null;
  readonly listeners: ListenerCount | null;
  /** The queue of raised hands, in numbers; null before the welcome. */
  readonly hands: HandQueue | null;
  /** What the hosts said last, as far as it's still to be read; null: nothing. */
  readonly notice: Notice | null;
  /** Raids under way: one that takes this audience along, one that brings another's. */
  readonly raids: readonly RaidNews[];
  /** What to add to this device's clock to have the server's, ms: for countdowns. */
  readonly clockOffsetMs: number;
  /** Newest frame number that reached us. */
  readonly latestFrame: number | null;
  /** Frame number that is leaving now; null where the output can't tell (`element`). */
  readonly playedFrame: number | null;
  /** From the stage's clock to the speaker, ms, by the frame number; null while unknown. */
  readonly delayMs: number | null;
  /** How much later than live it plays, or would play on, ms; 0 at live. */
  readonly behindMs: number;
  /** False for who chose to be behind: nothing is caught up unless they jump to live. */
  readonly following: boolean;
  /** Speed of play, the pitch kept: 1 for as it was spoken. */
  readonly rate: number;
  /** Sound that a pause was too long for, ms: it isn't held any more. 0 where there is none. */
  readonly missedMs: number;
  /** What comes: the program, or its thin twin for links or edges that are short of room. */
  readonly rendition: Rendition;
  /** True where the thin one was asked for. */
  readonly dataSaver: boolean;
  /** Sound at hand that wasn't played yet, ms. */
  readonly bufferedMs: number;
  /** True where the frame that plays (or, while paused, the newest) is holding sound. */
  readonly holding: boolean;
  /** Frames whose turn came and that weren't there, since `start`: concealed or skipped. */
  readonly lostFrames: number;
  /** The latest reason for not being connected or not playing; null while all is well. */
  readonly error: RostraError | null;
  /**
   * There is no room for live sound now, and it is asked for again: hls plays the program some
   * seconds later, full plays a spoken sentence once; null: all is well.
   */
  readonly crowded: Crowded["kind"] | null;
}

export const IDLE_STATE: ListenerState = {
  connection: "idle",
  wanted: false,
  paused: false,
  playing: false,
  output: null,
  volume: 1,
  space: null,
  stage: null,
  listeners: null,
  hands: null,
  notice: null,
  raids: [],
  clockOffsetMs: 0,
  latestFrame: null,
  playedFrame: null,
  delayMs: null,
  behindMs: 0,
  following: true,
  rate: 1,
  missedMs: 0,
  rendition: "full",
  dataSaver: false,
  bufferedMs: 0,
  holding: false,
  lostFrames: 0,
  error: null,
  crowded: null,
};
