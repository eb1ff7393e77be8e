/** One connection to the stage: the port between deciding and WebRTC. */

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

export type Farewell = "ended" | "not-there" | "unknown";

/** A connection that stands. */
export interface StagePeer {
  /** The others, as one track in a stream. */
  readonly stream: MediaStream;
  sample(): Promise<PeerSample>;
  /** Sends another microphone from now on. */
  replaceTrack(track: MediaStreamTrack): Promise<void>;
  /** Ends it without a word: it is broken, or about to be replaced. */
  close(): void;
  /**
   * Ends it, silent at once, and tells the stage, also while the page unloads. Never rejects.
   * @returns whether the stage still had it: `not-there` where it had ended it itself
   */
  leave(): Promise<Farewell>;
}

export interface PeerOptions {
  /** Sent as it is; stays the caller's. */
  readonly track: MediaStreamTrack;
  /** Where the offer goes. */
  readonly whipUrl: string;
  readonly token: () => Promise<string>;
  /** Called when something of the connection's state changed: a good moment for a sample. */
  readonly changed: () => void;
}

/**
 * Resolves once sound can flow both ways. Nothing is left behind where it rejects.
 * @throws {ProblemError} the stage refused @throws {NetworkError} nobody answered
 * @throws {UplinkError} `not-supported`, `offer`, `no-path`
 */
export type OpenPeer = (options: PeerOptions) => Promise<StagePeer>;
