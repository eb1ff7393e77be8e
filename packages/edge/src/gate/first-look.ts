import type { Socket } from "node:net";
import { hold, letGo } from "./bare-socket.ts";
import { readFirstRequest, type UpgradeRequest } from "./first-request.ts";

export interface FirstLookOptions {
  /** Gets who asks for a space's sound in the plain way; the socket is held (@see hold). */
  readonly onJoin: (request: UpgradeRequest, socket: Socket) => void;
  /** Gets everybody else, with what was said: the socket is as if nobody had looked. */
  readonly onOther: (socket: Socket, first: Buffer) => void;
}

// What a socket is looked at by stands on the socket: closures would cost each listener memory.
const LOOK: unique symbol = Symbol("first look");
type Newcomer = Socket & { [LOOK]: FirstLook };

/**
 * Looks at the first bytes of each connection, before node:http does. Until then a socket is held
 * here; how long that may take is the door's to say.
 */
export class FirstLook {
  readonly #options: FirstLookOptions;

  constructor(options: FirstLookOptions) {
    this.#options = options;
  }

  /** @param accepted and secure, where the server speaks TLS */
  take(accepted: Socket): void {
    if (accepted.destroyed) return;
    const socket = accepted as Newcomer;
    socket[LOOK] = this;
    hold(socket);
    socket.on("data", onFirst);
  }

  /** Its first bytes have come. */
  look(socket: Socket, bytes: Buffer): void {
    socket.off("data", onFirst);
    const request = readFirstRequest(bytes, socket);
    if (request !== undefined) {
      this.#options.onJoin(request, socket);
      return;
    }
    letGo(socket);
    this.#options.onOther(socket, bytes);
  }
}

function onFirst(this: Socket, bytes: Buffer): void {
  const socket = this as Newcomer;
  socket[LOOK].look(socket, bytes);
}
