import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as nextTimer } from "node:timers/promises";
import { freeTcpPort } from "./free-tcp-port.ts";
import { TestWorldError } from "./rostra-process.ts";

/** Debian's nats-server on a port of its own, without anything on disk. */
export class NatsServer {
  readonly url: string;
  readonly #port: number;
  readonly #args: readonly string[];
  #child: ChildProcess;

  private constructor(port: number, args: readonly string[]) {
    this.url = `nats://127.0.0.1:${port}`;
    this.#port = port;
    this.#args = args;
    this.#child = spawnServer(port, args);
  }

  /** @param args more of its arguments, such as `--user` and `--pass` */
  static async start(args: readonly string[] = []): Promise<NatsServer> {
    const server = new NatsServer(await freeTcpPort(), args);
    await server.#answers();
    return server;
  }

  /** Without a word to those who are connected. */
  async kill(): Promise<void> {
    await end(this.#child, "SIGKILL");
  }

  /** Stops it in its tracks: connections stand, nothing moves. */
  pause(): void {
    this.#child.kill("SIGSTOP");
  }

  resume(): void {
    this.#child.kill("SIGCONT");
  }

  /** After a kill, at the same address, knowing nothing. */
  async restart(): Promise<void> {
    this.#child = spawnServer(this.#port, this.#args);
    await this.#answers();
  }

  async stop(): Promise<void> {
    this.resume();
    await end(this.#child, "SIGTERM");
  }

  async #answers(): Promise<void> {
    while (this.#child.exitCode === null) {
      const socket = connect(this.#port, "127.0.0.1");
      const answered = await new Promise<boolean>((resolve) => {
        socket.once("data", () => resolve(true));
        socket.once("error", () => resolve(false));
      });
      socket.destroy();
      if (answered) return;
      await nextTimer(20);
    }
    throw new TestWorldError(`nats-server ended with ${this.#child.exitCode}`);
  }
}

function spawnServer(port: number, args: readonly string[]): ChildProcess {
  const where = ["--addr", "127.0.0.1", "--port", String(port)];
  return spawn("nats-server", [...where, ...args], { stdio: "ignore" });
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}
