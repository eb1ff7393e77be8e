import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as nextTimer } from "node:timers/promises";
import { selfSigned } from "./certificate.ts";
import { freeTcpPort } from "./free-tcp-port.ts";
import { TestWorldError } from "./rostra-process.ts";

export interface PebbleOptions {
  /** Where it looks for answers to its challenges, on this machine. */
  readonly httpPort: number;
  /** How long its certificates last. */
  readonly validS?: number;
}

/**
 * Debian's pebble, an authority for tests, and a DNS server beside it in which each name is this
 * machine. All of it on loopback.
 */
export class Pebble {
  readonly directoryUrl: string;
  /** For NODE_EXTRA_CA_CERTS of whoever talks to it. */
  readonly caFile: string;
  readonly #managementUrl: string;
  readonly #ca: string;
  readonly #folder: string;
  readonly #children: readonly ChildProcess[];

  private constructor(
    ports: { api: number; management: number },
    own: { certFile: string; pem: string },
    folder: string,
    children: readonly ChildProcess[],
  ) {
    this.directoryUrl = `https://127.0.0.1:${ports.api}/dir`;
    this.#managementUrl = `https://127.0.0.1:${ports.management}`;
    this.caFile = own.certFile;
    this.#ca = own.pem;
    this.#folder = folder;
    this.#children = children;
  }

  static async start({ httpPort, validS = 86_400 }: PebbleOptions): Promise<Pebble> {
    const folder = await mkdtemp(join(tmpdir(), "rostra-pebble-"));
    const own = await selfSigned(folder);
    const ports = { api: await freeTcpPort(), management: await freeTcpPort() };
    const dns = await freeTcpPort();
    const config = join(folder, "pebble.json");
    const pebble = {
      listenAddress: `127.0.0.1:${ports.api}`,
      managementListenAddress: `127.0.0.1:${ports.management}`,
      certificate: own.certFile,
      privateKey: own.keyFile,
      httpPort,
      tlsPort: 1,
      certificateValidityPeriod: validS,
    };
    await writeFile(config, JSON.stringify({ pebble }));
    // Without its habits of refusing a nonce now and then, and of waiting before it looks.
    const env = { ...process.env, PEBBLE_VA_NOSLEEP: "1", PEBBLE_WFE_NONCEREJECT: "0" };
    const run = (command: string, args: readonly string[]) =>
      spawn(command, args, { env, stdio: "ignore" });
    const self = new Pebble(ports, own, folder, [
      run("pebble", ["-config", config, "-dnsserver", `127.0.0.1:${dns}`]),
      run("pebble-challtestsrv", [
        ...["-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-dns01", `127.0.0.1:${dns}`],
        ...["-http01", "", "-https01", "", "-tlsalpn01", ""],
        ...["-management", `127.0.0.1:${await freeTcpPort()}`],
      ]),
    ]);
    await self.#answers();
    return self;
  }

  /** The certificate that it signs with, PEM: whoever trusts it trusts Rostra. */
  root(): Promise<string> {
    return this.#get(`${this.#managementUrl}/roots/0`);
  }

  async stop(): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null) continue;
      const exited = once(child, "exit");
      child.kill();
      await exited;
    }
    await rm(this.#folder, { recursive: true });
  }

  async #answers(): Promise<void> {
    while (this.#children.every(({ exitCode }) => exitCode === null)) {
      const answered = await this.#get(this.directoryUrl).catch(() => undefined);
      if (answered !== undefined) return;
      await nextTimer(20);
    }
    throw new TestWorldError("pebble doesn't run");
  }

  async #get(url: string): Promise<string> {
    const asked = request(url, { ca: this.#ca }).end();
    const [answer] = await once(asked, "response");
    return text(answer);
  }
}
