import type { StagePath } from "@rostra/wire";

/** One connection to the stage: the port between deciding and the ways that sound can go. */

/** One look at a connection. */
export interface PeerSample {
  /** `closed` also where the other side closed it. */
  readonly state: RTCPeerConnectionState;
  /** Packets of the others' sound, from the beginning. */
  readonly packetsReceived: number;
  /** ms; null while unknown. */
  readonly rttMs: number | null;
  /** Share of our packets that the stage misses, 0 to 1; null while unknown. */
  readonly packetLoss: number | null;
}

/** A connection that stands. */
export interface StagePeer {
  readonly path: StagePath;
  /** The stage's name for it: what a later connection continues; null where it gave none. */
  readonly session: string | null;
  /** The others, as one track in a stream. */
  readonly stream: MediaStream;
  sample(): Promise<PeerSample>;
  /**
   * Changes with each packet of the others' sound that is played; null: none was yet. Cheap: it is
   * asked for 25 times a second.
   */
  soundMark(): number | null;
  /** Sends another microphone from now on. */
  replaceTrack(track: MediaStreamTrack): Promise<void>;
  /** Ends it without a word: it is broken, or has been replaced. */
  close(): void;
  /** Ends it, silent at once, and tells the stage, also while the page unloads. Never rejects. */
  leave(): Promise<void>;
}

export interface PeerOptions {
  /** Sent as it is; stays the caller's. */
  readonly track: MediaStreamTrack;
  /** Where WHIP offers go. */
  readonly whipUrl: string;
  /** Where the stage socket is. */
  readonly socketUrl: string;
  readonly token: () => Promise<string>;
  /** Whether stereo and more bits are worth it: the space is for music. */
  readonly music: boolean;
  /** The session that this connection continues; null for the first. Asked as late as can be. */
  readonly continues: () => string | null;
  /** Called when the stage has given the session a name, before it stands. */
  readonly began: (session: string) => void;
  /** Called when something of the connection's state changed: a good moment for a sample. */
  readonly changed: () => void;
}

/**
 * Resolves once sound can flow both ways. Nothing is left behind where it rejects.
 * @throws {ProblemError} the stage refused @throws {NetworkError} nobody answered
 * @throws {UplinkError} `not-supported`, `offer`, `no-path`
 */
export type OpenPeer = (options: PeerOptions) => Promise<StagePeer>;
