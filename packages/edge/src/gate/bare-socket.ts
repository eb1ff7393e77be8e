import type { Socket } from "node:net";

/**
 * Sees to what a socket must not be left alone with: an error, and the end of the other side. The
 * functions are shared: closures would cost each listener memory.
 */
export function hold(socket: Socket): void {
  socket.on("error", onError);
  socket.on("end", onEnd);
}

/** For a socket that somebody else sees to from now on. */
export function letGo(socket: Socket): void {
  socket.off("error", onError);
  socket.off("end", onEnd);
}

/** An error is always followed by "close", where its owner lets go of it. */
function onError(): void {}

/** Half a connection is of no use here. */
function onEnd(this: Socket): void {
  this.destroySoon();
}

/**
 * Whoever a socket belongs to stands on the socket itself: one property, whose value is another as it goes from
 * the door to a room, since maps and further properties would cost each who comes.
 */
export const KEEPER: unique symbol = Symbol("keeper");
