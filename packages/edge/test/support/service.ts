import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** What a service was asked. */
export interface Seen {
  readonly req: IncomingMessage;
  readonly body: string;
}

/** A service that notes what it's asked and answers `201 {"ok":true}`. */
export class TestService {
  readonly seen: Seen[] = [];
  readonly url: string;
  /** It cuts the connection instead of answering. */
  diesWhenAsked = false;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(): Promise<TestService> {
    const server = createServer((req, res) => {
      const chunks: Buffer[] = [];
      req.on("data", (chunk: Buffer) => chunks.push(chunk));
      req.on("end", () => {
        service.seen.push({ req, body: Buffer.concat(chunks).toString() });
        if (service.diesWhenAsked) {
          req.socket.destroy();
          return;
        }
        res.writeHead(201, {
          "content-type": "application/json",
          location: "/x",
          connection: "x-hop",
          "x-hop": "1",
        });
        res.end('{"ok":true}');
      });
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, "127.0.0.1", resolve);
    await promise;
    const service = new TestService(server);
    return service;
  }

  /** What was asked of it: method and path. */
  get asked(): string[] {
    return this.seen.map(({ req }) => `${req.method} ${req.url}`);
  }

  /** As a crash would: open connections are cut, new ones are refused. */
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
