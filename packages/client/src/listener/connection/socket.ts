import { WEBSOCKET_SUBPROTOCOL } from "@rostra/wire";

/** What a socket reports. Nothing is reported any more once its owner has closed it. */
export interface SocketEvents {
  text(message: string): void;
  bytes(message: Uint8Array): void;
  /** It ended, or never came to stand. @param code as in the close frame; 1006 for none */
  closed(code: number): void;
}

export interface LiveSocket {
  /** Before the handshake is through it's lost. */
  send(message: string): void;
  /** @param code says goodbye: the edge keeps no place; left out: we may come back */
  close(code?: number): void;
}

export type OpenSocket = (url: string, events: SocketEvents) => LiveSocket;

/** The browser's WebSocket behind the port. */
export const openBrowserSocket: OpenSocket = (url, events) => {
  const socket = new WebSocket(url, WEBSOCKET_SUBPROTOCOL);
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => {
    if (typeof data === "string") events.text(data);
    else if (data instanceof ArrayBuffer) events.bytes(new Uint8Array(data));
  };
  socket.onclose = ({ code }) => events.closed(code);
  return {
    send: (message) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(message);
    },
    close: (code) => {
      socket.onmessage = null;
      socket.onclose = null;
      socket.close(code);
    },
  };
};

/** The WebSocket address of a path on a server given by its HTTP origin. */
export function socketUrl(origin: string, path: string): string {
  return `${origin.replace(/^http/, "ws")}${path}`;
}
