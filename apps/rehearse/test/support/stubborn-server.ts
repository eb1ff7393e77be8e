import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { encodeChunk, encodeServerFrame, OPCODE } from "@rostra/wire";

/** What a server does with its nth connection, from 0 on; `path` is what was asked for. */
type Behaviour = (socket: Socket, nth: number, path: string) => void;

/** A TCP server that behaves as no edge of ours does, but as one somewhere may. */
export class StubbornServer {
  readonly asked: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(behave: Behaviour) {
    let connections = 0;
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      const nth = connections;
      connections += 1;
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
      socket.once("data", (bytes) => {
        const path = /^GET (\S+)/.exec(bytes.toString("latin1"))?.[1] ?? "";
        this.asked.push(path);
        behave(socket, nth, path);
      });
    });
  }

  static async open(behave: Behaviour): Promise<StubbornServer> {
    const self = new StubbornServer(behave);
    await new Promise<void>((resolve) => self.#server.listen(0, "127.0.0.1", resolve));
    return self;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections that stand. */
  get open(): number {
    return this.#sockets.size;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}

/** Says yes to a WebSocket, and hands over frames from `first` on. */
export function serveChunk(socket: Socket, first: number): void {
  socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\n");
  sendChunk(socket, first);
}

export function sendChunk(socket: Socket, first: number): void {
  const packet = Uint8Array.of(0xf8, 0xff, 0xfe);
  const frames = Array.from({ length: 5 }, (_, at) => ({
    number: first + at,
    packet,
    holding: false,
  }));
  socket.write(encodeServerFrame(OPCODE.binary, encodeChunk(frames)));
}
