import type { Server } from "node:http";
import { createServer, type Server as NetServer } from "node:net";
import { closeServer, listen } from "./internal-server.ts";

/**
 * Listening sockets of a shared port in each process. From each one connection is accepted at a turn of
 * the event loop (libuv, since 1.45): with one socket every newcomer in a storm costs a turn, with sixteen a
 * sixteenth of one. The kernel spreads connections over all of them, of all edges.
 */
const SOCKETS = 16;

/** Where and how a port is listened on. */
export interface PortOptions {
  readonly host: string;
  readonly port: number;
  /** Other sockets may listen on it, too (Linux). */
  readonly reusePort?: boolean;
}

/** A server's port, with all the sockets that listen on it. */
export class Port {
  readonly #server: Server;
  #others: readonly NetServer[] = [];

  /** @param server what is accepted becomes its own connection, on whichever socket it came */
  constructor(server: Server) {
    this.#server = server;
  }

  /**
   * @returns the port's number: the one asked for, or a free one where 0 was
   * @throws {EdgeError} `listen-failed`
   */
  async listen(at: PortOptions): Promise<number> {
    const port = await listen(this.#server, at);
    if (at.reusePort) {
      this.#others = Array.from({ length: SOCKETS - 1 }, () => this.#other());
      this.#shareBound();
      await Promise.all(this.#others.map((other) => listen(other, { ...at, port })));
    }
    return port;
  }

  /** As {@link closeServer}. */
  async close(patienceMs: number): Promise<void> {
    const others = this.#others.map(
      (other) => new Promise<void>((resolve) => other.close(() => resolve())),
    );
    await Promise.all([closeServer(this.#server, patienceMs), ...others]);
  }

  #other(): NetServer {
    const other = createServer({ allowHalfOpen: true, noDelay: true });
    for (const event of ["connection", "drop"] as const) {
      other.on(event, (what) => this.#server.emit(event, what));
    }
    return other;
  }

  /**
   * The server's bound is for all sockets together, while Node counts each socket's connections alone: shares of it
   * would drop newcomers on one socket where the kernel has given it a few more than the others.
   */
  #shareBound(): void {
    const { maxConnections: bound } = this.#server;
    // Left out it is no bound at all.
    if (bound === undefined || bound === null) return;
    let open = 0;
    const letIn = (most: number) => {
      for (const each of [this.#server, ...this.#others]) each.maxConnections = most;
    };
    const onClose = () => {
      open -= 1;
      if (open === bound - 1) letIn(bound);
    };
    letIn(bound);
    this.#server.on("connection", (socket) => {
      open += 1;
      socket.on("close", onClose);
      if (open === bound) letIn(0);
    });
  }
}
