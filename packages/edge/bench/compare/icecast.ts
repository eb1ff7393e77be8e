import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freeTcpPort } from "@rostra/testkit";

const PASSWORD = "bench";
const MOUNT = "/live";
const PATIENCE_MS = 20_000;

/** Debian's icecast2 on a port of its own, with a source that plays at the program's bitrate. */
export class Icecast {
  readonly port: number;
  /** What listeners ask for, without `.ogg`. */
  readonly path = MOUNT;
  readonly #server: ChildProcess;
  readonly #source: ChildProcess;
  readonly #folder: string;

  private constructor(port: number, folder: string, server: ChildProcess, source: ChildProcess) {
    this.port = port;
    this.#folder = folder;
    this.#server = server;
    this.#source = source;
  }

  static async start(): Promise<Icecast> {
    const port = await freeTcpPort();
    const folder = await mkdtemp(join(tmpdir(), "rostra-icecast-"));
    // It refuses to run as root, and becomes somebody who has to write here.
    await chmod(folder, 0o777);
    const config = join(folder, "icecast.xml");
    await writeFile(config, configOf(port, folder));
    const server = spawn("icecast2", ["-c", config], { stdio: "ignore" });
    await answers(server, port, "/status-json.xsl");
    const source = spawn(
      "ffmpeg",
      [
        ...[
          "-v",
          "error",
          "-re",
          "-f",
          "lavfi",
          "-i",
          "anoisesrc=color=pink:amplitude=0.2:r=48000",
        ],
        ...[
          "-ac",
          "1",
          "-c:a",
          "libopus",
          "-b:a",
          "32k",
          "-f",
          "ogg",
          "-content_type",
          "audio/ogg",
        ],
        `icecast://source:${PASSWORD}@127.0.0.1:${port}${MOUNT}.ogg`,
      ],
      { stdio: "ignore" },
    );
    await answers(server, port, `${MOUNT}.ogg`);
    return new Icecast(port, folder, server, source);
  }

  get pid(): number {
    return this.#server.pid!;
  }

  async stop(): Promise<void> {
    for (const child of [this.#source, this.#server]) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function answers(server: ChildProcess, port: number, path: string): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  while (performance.now() < until && server.exitCode === null) {
    const cut = new AbortController();
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { signal: cut.signal }).catch(
      () => undefined,
    );
    cut.abort();
    if (answer?.ok) return;
    await sleep(200);
  }
  throw new Error(`icecast2 does not answer ${path} (exit code ${server.exitCode})`);
}

/** As Debian's own file, but for the number of listeners. */
function configOf(port: number, folder: string): string {
  const owner = process.getuid?.() === 0;
  return `<icecast>
  <limits>
    <clients>20000</clients><sources>2</sources><queue-size>524288</queue-size>
    <client-timeout>30</client-timeout><header-timeout>15</header-timeout>
    <source-timeout>10</source-timeout>
    <burst-on-connect>1</burst-on-connect><burst-size>65535</burst-size>
  </limits>
  <authentication>
    <source-password>${PASSWORD}</source-password><relay-password>${PASSWORD}</relay-password>
    <admin-user>admin</admin-user><admin-password>${PASSWORD}</admin-password>
  </authentication>
  <hostname>localhost</hostname>
  <listen-socket><port>${port}</port></listen-socket>
  <paths>
    <basedir>/usr/share/icecast2</basedir><logdir>${folder}</logdir>
    <webroot>/usr/share/icecast2/web</webroot><adminroot>/usr/share/icecast2/admin</adminroot>
  </paths>
  <logging>
    <accesslog>access.log</accesslog><errorlog>error.log</errorlog><loglevel>2</loglevel>
  </logging>
  <security>
    <chroot>0</chroot>
    ${owner ? "<changeowner><user>nobody</user><group>nogroup</group></changeowner>" : ""}
  </security>
</icecast>
`;
}
