import type { AudioOffer } from "./offer.ts";

/** `disconnected` may still come back; `closed` is the last that is ever reported. */
export type PeerState = "connecting" | "connected" | "disconnected" | "failed" | "closed";

export interface PeerHandlers {
  /** An RTP datagram, decrypted; the receiver owns it. RTCP is kept back. */
  onDatagram(datagram: Uint8Array): void;
  onState(state: PeerState): void;
}

/** One WebRTC connection with one audio track each way. */
export interface Peer {
  /** The complete SDP answer. */
  readonly answer: string;
  /** Sends an RTP datagram. @returns false where it was dropped: not connected, or congested */
  send(datagram: Uint8Array): boolean;
  /** Resolves when the connection's native resources are gone. Twice is once. */
  close(): Promise<void>;
}

/** The WebRTC port: how the stage meets a speaker's browser. */
export interface PeerTransport {
  /** The one UDP port that all connections share. */
  readonly udpPort: number;
  /**
   * @param ssrc of the RTP that will be sent
   * @throws {StageError} `transport`, `closed`
   */
  accept(offer: AudioOffer, ssrc: number, handlers: PeerHandlers): Promise<Peer>;
  /** Closes every peer. The port may stay with the process. */
  close(): Promise<void>;
}
