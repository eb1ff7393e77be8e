import type { AudioOffer } from "./offer.ts";

/** `disconnected` may still come back; `closed` is the last that is ever reported. */
export type PeerState = "connecting" | "connected" | "disconnected" | "failed" | "closed";

export interface PeerHandlers {
  /** An RTP datagram, or RTCP, decrypted; the receiver owns it. */
  onDatagram(datagram: Uint8Array): void;
  onState(state: PeerState): void;
}

/** Why a session ended. */
export type SessionEnd =
  | "left"
  /** The same person came in from another page. */
  | "replaced"
  /** The same page has a newer connection. */
  | "superseded"
  | "removed"
  | "space-ended"
  | "never-connected"
  | "lost"
  | "failed"
  | "closing";

/** One connection that carries RTP both ways. */
export interface Peer {
  /** Sends an RTP datagram. @returns false where it was dropped: not connected, or congested */
  send(datagram: Uint8Array): boolean;
  /** Resolves when the connection's resources are gone. Twice is once. */
  close(reason?: SessionEnd): Promise<void>;
}

/** A WebRTC connection with one audio track each way. */
export interface WebRtcPeer extends Peer {
  /** The complete SDP answer. */
  readonly answer: string;
}

/** The WebRTC port: how the stage meets a speaker's browser. */
export interface PeerTransport {
  /** The one UDP port that all connections share. */
  readonly udpPort: number;
  /**
   * @param ssrc of the RTP that will be sent
   * @throws {StageError} `transport`, `closed`
   */
  accept(offer: AudioOffer, ssrc: number, handlers: PeerHandlers): Promise<WebRtcPeer>;
  /** Closes every peer. The port may stay with the process. */
  close(): Promise<void>;
}
