import { CLOSE, encodeServerFrame, OPCODE, type ProblemCode } from "@rostra/wire";
import type { Peer, PeerHandlers, SessionEnd } from "./peer.ts";

/** What a peer needs of its WebSocket. */
export interface PeerLine {
  /** How much of what was sent hasn't reached the other end, in ms of time. */
  readonly behindMs: number;
  send(frame: Uint8Array): void;
  /** Says why, if there is something to say, and closes. */
  refuse(code: ProblemCode, detail: string, closeCode: number): void;
  close(code: number, reason: string): void;
}

/** What waits longer than this would only be played late: it is left out, and concealed there. */
const MAX_BEHIND_MS = 200;

/** RTP on a WebSocket, for those whom UDP doesn't reach: each binary message is one packet, of RTP or of RTCP. */
export class SocketPeer implements Peer {
  readonly #line: PeerLine;
  readonly #handlers: PeerHandlers;
  #isClosed = false;

  constructor(line: PeerLine, handlers: PeerHandlers) {
    this.#line = line;
    this.#handlers = handlers;
  }

  /** The session knows of its peer: it stands already. */
  opened(): void {
    this.#handlers.onState("connected");
  }

  receive(message: Uint8Array): void {
    if (!this.#isClosed) this.#handlers.onDatagram(message);
  }

  /** The socket is gone. */
  lost(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#handlers.onState("closed");
  }

  send(datagram: Uint8Array): boolean {
    if (this.#isClosed || this.#line.behindMs > MAX_BEHIND_MS) return false;
    this.#line.send(encodeServerFrame(OPCODE.binary, datagram));
    return true;
  }

  async close(reason: SessionEnd = "closing"): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    switch (reason) {
      case "replaced":
        this.#line.refuse("replaced", "you joined the stage from elsewhere", CLOSE.policyViolation);
        return;
      case "removed":
        this.#line.refuse("not-on-stage", "you are not on stage any more", CLOSE.policyViolation);
        return;
      case "space-ended":
        this.#line.refuse("ended", "the space has ended", CLOSE.ended);
        return;
      case "left":
      case "superseded":
        this.#line.close(CLOSE.normal, reason);
        return;
      default:
        this.#line.close(CLOSE.goingAway, "come back with a new connection");
    }
  }
}
