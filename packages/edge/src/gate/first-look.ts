import type { Socket } from "node:net";
import { hold, letGo } from "./bare-socket.ts";
import { readFirstRequest, type UpgradeRequest } from "./first-request.ts";

export interface FirstLookOptions {
  /** Gets who asks for a space's sound in the plain way; the socket is held (@see hold). */
  readonly onJoin: (request: UpgradeRequest, socket: Socket) => void;
  /** Gets everybody else, with what was said: the socket is as if nobody had looked. */
  readonly onOther: (socket: Socket, first: Buffer) => void;
}

/**
 * Looks at the first bytes of each connection, before node:http does. Until then a socket is held
 * here; how long that may take is the door's to say.
 */
export class FirstLook {
  readonly #options: FirstLookOptions;
  /** One for all: a closure, or a property, for each who comes would cost memory and time. */
  readonly #onFirst: (this: Socket, bytes: Buffer) => void;

  constructor(options: FirstLookOptions) {
    this.#options = options;
    const look = (socket: Socket, bytes: Buffer) => this.#look(socket, bytes);
    this.#onFirst = function (bytes) {
      look(this, bytes);
    };
  }

  /** @param socket accepted and secure, where the server speaks TLS */
  take(socket: Socket): void {
    if (socket.destroyed) return;
    hold(socket);
    socket.on("data", this.#onFirst);
  }

  /** Its first bytes have come. */
  #look(socket: Socket, bytes: Buffer): void {
    socket.off("data", this.#onFirst);
    const request = readFirstRequest(bytes, socket);
    if (request !== undefined) {
      this.#options.onJoin(request, socket);
      return;
    }
    letGo(socket);
    this.#options.onOther(socket, bytes);
  }
}
