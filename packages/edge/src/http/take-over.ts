import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Logger } from "pino";
import { hold } from "../gate/bare-socket.ts";

/** Gets the bare socket: errors are handled, everything else is up to it. */
type Next = (socket: Socket) => void;

/**
 * Takes sockets away from node:http, for answers that never end: afterwards a write is a write to
 * the socket, and parser, request and response can be collected (10 KB a listener, measured).
 *
 * Node detaches a socket by itself when a request asks for an upgrade, and looks for that after the
 * request handler has run; saying so on a plain GET makes it do the same.
 */
export class SocketTakeOver {
  readonly #waiting = new WeakMap<IncomingMessage, Next>();
  readonly #claimed = new WeakSet<Duplex>();
  readonly #onTaken: (socket: Socket) => void;

  /** @param onTaken called for each socket that leaves node:http, before its new owner has it */
  constructor(server: Server, log: Logger, onTaken: (socket: Socket) => void) {
    this.#onTaken = onTaken;
    // Whatever else comes on a socket that is ours now is neither a request nor answered.
    server.on("upgrade", (req, socket) => {
      const next = this.#waiting.get(req);
      if (next === undefined) {
        if (this.#claimed.has(socket)) socket.destroy();
        return;
      }
      try {
        this.#onTaken(socket as Socket);
        next(prepare(socket as Socket));
      } catch (err) {
        log.error({ err }, "a listener could not be let in");
        socket.destroy();
      }
    });
  }

  /** True for a request that came on a socket that is already taken: it has to be dropped. */
  isClaimed(socket: Duplex): boolean {
    return this.#claimed.has(socket);
  }

  /**
   * Calls `next` with the bare socket, once the request handler has returned.
   * @returns false where the socket can't be had: an earlier request on it isn't answered yet
   */
  take(req: IncomingMessage, res: ServerResponse, next: Next): boolean {
    if (res.socket !== req.socket) return false;
    this.#claimed.add(req.socket);
    this.#waiting.set(req, next);
    res.detachSocket(req.socket);
    (req as IncomingMessage & { upgrade: boolean }).upgrade = true;
    return true;
  }

  /** Takes a socket that Node hands over because of an upgrade. */
  claim(socket: Socket): Socket {
    this.#claimed.add(socket);
    this.#onTaken(socket);
    return prepare(socket);
  }
}

/**
 * No keep-alive: whoever is taken over is written to at least every 20 s, so that a peer that is
 * gone shows by what it doesn't acknowledge.
 */
function prepare(socket: Socket): Socket {
  socket.setTimeout(0);
  socket.setNoDelay(true);
  hold(socket);
  socket.resume();
  return socket;
}
