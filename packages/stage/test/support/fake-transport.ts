import { StageError } from "../../src/errors.ts";
import type { AudioOffer } from "../../src/transport/offer.ts";
import type { PeerHandlers, PeerTransport, WebRtcPeer } from "../../src/transport/peer.ts";

/** A peer whose network is the test. */
export class FakePeer implements WebRtcPeer {
  readonly answer = "v=0\r\n";
  readonly handlers: PeerHandlers;
  readonly offer: AudioOffer;
  readonly sent: Uint8Array[] = [];
  isClosed = false;

  constructor(offer: AudioOffer, handlers: PeerHandlers) {
    this.offer = offer;
    this.handlers = handlers;
  }

  send(datagram: Uint8Array): boolean {
    this.sent.push(datagram);
    return true;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.handlers.onState("closed");
  }
}

/** The WebRTC port without WebRTC. */
export class FakeTransport implements PeerTransport {
  readonly udpPort = 40_000;
  readonly peers: FakePeer[] = [];
  /** Called before an offer is answered: what happens meanwhile, or why it fails. */
  onAccept: () => void | Promise<void> = () => {};

  async accept(offer: AudioOffer, _ssrc: number, handlers: PeerHandlers): Promise<WebRtcPeer> {
    await this.onAccept();
    const peer = new FakePeer(offer, handlers);
    this.peers.push(peer);
    return peer;
  }

  failNext(): void {
    this.onAccept = () => {
      this.onAccept = () => {};
      throw new StageError("transport", "no luck");
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.peers.map((peer) => peer.close()));
  }
}
