import type { Socket } from "node:net";
import type { Listener } from "./crowd.ts";

/** Who is told what a listener's socket does. */
export interface SocketOwner {
  /** Nothing more can be written to it. */
  onClosed(listener: Listener): void;
  /** It has said something. */
  onBytes(listener: Listener, bytes: Uint8Array): void;
}

// What a socket belongs to stands on the socket itself: two functions serve all listeners, where
// closures would cost a few hundred bytes for each.
const LISTENER: unique symbol = Symbol("listener");
const OWNER: unique symbol = Symbol("owner");
type ListenerSocket = Socket & { [LISTENER]: Listener; [OWNER]: SocketOwner };

/** Ties a socket to its listener, once. @param hears whether what comes from it is of interest */
export function attach(listener: Listener, owner: SocketOwner, hears: boolean): void {
  const socket = listener.socket as ListenerSocket;
  socket[LISTENER] = listener;
  socket[OWNER] = owner;
  socket.on("close", onClose);
  if (hears) socket.on("data", onData);
}

function onClose(this: Socket): void {
  const socket = this as ListenerSocket;
  socket[OWNER].onClosed(socket[LISTENER]);
}

function onData(this: Socket, bytes: Uint8Array): void {
  const socket = this as ListenerSocket;
  socket[OWNER].onBytes(socket[LISTENER], bytes);
}
