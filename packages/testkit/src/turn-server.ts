import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as nextTimer } from "node:timers/promises";
import { TestWorldError } from "./rostra-process.ts";

/** What TURN answers anything with: a STUN message (RFC 8489, section 5: this is the magic cookie). */
const BINDING_REQUEST = Buffer.from("000100002112a442000102030405060708090a0b", "hex");

/** Debian's coturn, on ports of its own. */
export class TurnServer {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(url: string, child: ChildProcess, folder: string) {
    this.url = url;
    this.#child = child;
    this.#folder = folder;
  }

  /** @param secret coturn's static-auth-secret */
  static async start(secret: string): Promise<TurnServer> {
    const address = ownAddress();
    const port = await freePort(address);
    const folder = await mkdtemp(join(tmpdir(), "rostra-turn-"));
    const args = [
      "-n", // no configuration file
      `--listening-ip=${address}`,
      `--relay-ip=${address}`,
      `--listening-port=${port}`,
      "--use-auth-secret",
      `--static-auth-secret=${secret}`,
      "--realm=rostra.test",
      // The stage is on this machine: anywhere else these addresses are refused.
      "--allow-loopback-peers",
      "--no-tls",
      "--no-dtls",
      "--no-cli",
      `--userdb=${join(folder, "turndb")}`,
      `--pidfile=${join(folder, "pid")}`,
      "--log-file=stdout",
    ];
    const child = spawn("turnserver", args, { stdio: "ignore", cwd: folder });
    const server = new TurnServer(`turn:${address}:${port}?transport=udp`, child, folder);
    await server.#answers(port, address);
    return server;
  }

  async #answers(port: number, address: string): Promise<void> {
    const socket = createSocket("udp4");
    let answered = false;
    socket.once("message", () => {
      answered = true;
    });
    while (!answered && this.#child.exitCode === null) {
      socket.send(BINDING_REQUEST, port, address);
      await nextTimer(50);
    }
    socket.close();
    if (!answered) throw new TestWorldError(`turnserver ended with ${this.#child.exitCode}`);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null) {
      const exited = once(this.#child, "exit");
      this.#child.kill();
      await exited;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Browsers make no relay candidates of the loopback where the machine has another address. */
function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return all.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1";
}

async function freePort(address: string): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((done) => socket.bind(0, address, done));
  const { port } = socket.address();
  await new Promise<void>((done) => socket.close(done));
  return port;
}
