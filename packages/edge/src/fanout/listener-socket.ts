import type { Socket } from "node:net";
import { KEEPER } from "../gate/bare-socket.ts";
import type { Listener } from "./crowd.ts";

/** Who is told what a listener's socket does. */
export interface SocketOwner {
  /** Nothing more can be written to it. */
  onClosed(listener: Listener): void;
  /** It has said something. */
  onBytes(listener: Listener, bytes: Uint8Array): void;
}

// Two functions serve all listeners, where closures would cost a few hundred bytes for each.
type ListenerSocket = Socket & { [KEEPER]: Listener };

/**
 * Ties a socket to its listener; a listener that is tied already gets another owner.
 * @param hears whether what comes from it is of interest
 */
export function attach(listener: Listener, owner: SocketOwner, hears: boolean): void {
  listener.owner = owner;
  const socket = listener.socket as ListenerSocket;
  if (socket[KEEPER] === listener) return;
  socket[KEEPER] = listener;
  socket.on("close", onClose);
  if (hears) socket.on("data", onData);
}

function onClose(this: Socket): void {
  const listener = (this as ListenerSocket)[KEEPER];
  listener.owner!.onClosed(listener);
}

function onData(this: Socket, bytes: Uint8Array): void {
  const listener = (this as ListenerSocket)[KEEPER];
  listener.owner!.onBytes(listener, bytes);
}
