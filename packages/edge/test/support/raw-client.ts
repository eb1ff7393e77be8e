import { connect, type Socket } from "node:net";
import { RostraError } from "@rostra/wire";

const PATIENCE_MS = 10_000;

/** A TCP client that says exactly what it's told, and keeps all that comes back. */
export class RawClient {
  readonly socket: Socket;
  received: Buffer = Buffer.alloc(0);
  closed = false;
  readonly #watchers = new Set<() => void>();

  /** @param socket by default a fresh TCP connection to the port, on this machine */
  constructor(port: number, opening: string | Uint8Array, socket = connect(port, "127.0.0.1")) {
    this.socket = socket;
    this.socket.setNoDelay(true);
    this.socket.on("error", () => {});
    this.socket.on("data", (bytes) => {
      this.received = Buffer.concat([this.received, bytes]);
      this.onBytes(bytes);
      this.#tell();
    });
    this.socket.on("close", () => {
      this.closed = true;
      this.#tell();
    });
    this.socket.write(opening);
  }

  /** For those who read more into the bytes. */
  protected onBytes(_bytes: Uint8Array): void {}

  /** The status line's number, once it's there. */
  get status(): number {
    return Number(/^HTTP\/1\.1 (\d{3})/.exec(this.received.toString("latin1"))?.[1]);
  }

  /** What comes after the head of the answer. */
  get body(): Buffer {
    const at = this.received.indexOf("\r\n\r\n");
    return at === -1 ? Buffer.alloc(0) : this.received.subarray(at + 4);
  }

  /** Resolves when `condition` holds; it is looked at whenever something has come. */
  async until(condition: () => boolean, what = condition.toString()): Promise<void> {
    if (condition()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const watcher = () => condition() && resolve();
    const timer = setTimeout(() => {
      const tail = this.received.toString("latin1").slice(-200);
      reject(new RostraError("test-timeout", `waited in vain for ${what}; last came ${tail}`));
    }, PATIENCE_MS);
    this.#watchers.add(watcher);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#watchers.delete(watcher);
    }
  }

  async untilClosed(): Promise<void> {
    await this.until(() => this.closed, "the end of the connection");
  }

  close(): void {
    this.socket.destroy();
  }

  #tell(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}

/** A GET with nothing but what HTTP demands. */
export function getRequest(path: string, headers: Record<string, string> = {}): string {
  const lines = Object.entries({ Host: "rostra.test", ...headers }).map(([k, v]) => `${k}: ${v}`);
  return [`GET ${path} HTTP/1.1`, ...lines, "", ""].join("\r\n");
}
