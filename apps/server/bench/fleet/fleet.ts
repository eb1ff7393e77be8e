import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connectNats, joinFleet, type Relay } from "@rostra/relay";
import type { Role } from "@rostra/wire";
import { HOSTS, type Host, type TestNetwork } from "./network.ts";
import { Service } from "./service.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const NATS_PORT = 14_222;
const POSTGRES_PORT = 15_432;
const PUBLIC_PORT = 17_070;
/** Debian keeps each version in a folder of its own, off the PATH. */
const DEBIAN_FOLDER = "/usr/lib/postgresql";

/** A whole fleet of real processes, each on its host. */
export class TestFleet {
  readonly network: TestNetwork;
  readonly edgeUrls: readonly string[];
  /** The bench's own look at the shared state. */
  relay: Relay | undefined;
  readonly #services = new Map<Host, Service>();
  readonly #folder = mkdtempSync(join(tmpdir(), "rostra-bench-fleet-"));

  constructor(network: TestNetwork) {
    this.network = network;
    this.edgeUrls = (["edge-1", "edge-2"] as const).map(
      (host) => `http://${network.address(host)}:${PUBLIC_PORT}`,
    );
  }

  service(host: Host): Service {
    return this.#services.get(host)!;
  }

  /** Which process is on which host. */
  processes(): Map<number, Host> {
    const entries = [...this.#services.values()].map(({ pid, host }) => [pid, host] as const);
    return new Map(entries.filter((entry): entry is [number, Host] => entry[0] !== undefined));
  }

  get folder(): string {
    return this.#folder;
  }

  /** @param env settings of all roles */
  async start(env: Readonly<Record<string, string>>, hosts: readonly Host[]): Promise<void> {
    this.#add(this.#nats("nats-1"));
    this.#add(this.#nats("nats-2"));
    this.#add(this.#postgres());
    await this.#startAll((host) => !roleOf(host));
    for (const host of hosts) this.#add(this.#role(host, env));
    await this.#startAll((host) => roleOf(host) === "control");
    await this.#startAll((host) => roleOf(host) !== undefined && roleOf(host) !== "control");
    const buses = await connectNats(this.natsUrls().map((url) => ({ servers: [url] })));
    this.relay = await joinFleet({ buses, name: "bench" });
  }

  async stop(): Promise<void> {
    await this.relay?.close();
    await Promise.all([...this.#services.values()].map((service) => service.stop()));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #add(service: Service): void {
    this.#services.set(service.host, service);
  }

  async #startAll(isMeant: (host: Host) => boolean): Promise<void> {
    const meant = HOSTS.filter((host) => this.#services.has(host) && isMeant(host));
    await Promise.all(meant.map((host) => this.service(host).start()));
  }

  natsUrls(): string[] {
    const { network } = this;
    return (["nats-1", "nats-2"] as const).map(
      (host) => `nats://${network.address(host)}:${NATS_PORT}`,
    );
  }

  #nats(host: Host): Service {
    const where = ["--addr", this.network.address(host), "--port", String(NATS_PORT)];
    const command = ["nats-server", ...where];
    return new Service(this.network, { host, command, ready: /Server is ready/ });
  }

  #postgres(): Service {
    const host = "postgres";
    const data = join(this.#folder, "postgres");
    const asOwner = process.getuid?.() === 0 ? ["setpriv", ...owner()] : [];
    if (asOwner.length > 0) chownSync(this.#folder, id("-u"), id("-g"));
    const initdb = [...asOwner, program("initdb"), "-D", data, "-U", "rostra", "--auth=trust"];
    execFileSync(initdb[0]!, [...initdb.slice(1), "--no-sync"], {
      stdio: "ignore",
      cwd: this.#folder,
    });
    const hba = `echo "host all all 0.0.0.0/0 trust" >> ${data}/pg_hba.conf`;
    execFileSync("sh", ["-c", hba]);
    const address = this.network.address(host);
    const where = ["-p", String(POSTGRES_PORT), "-h", address, "-k", this.#folder];
    return new Service(this.network, {
      host,
      command: [...asOwner, program("postgres"), "-D", data, ...where],
      run: { cwd: this.#folder },
      ready: /ready to accept connections/,
    });
  }

  #role(host: Host, env: Readonly<Record<string, string>>): Service {
    const role = roleOf(host)!;
    const address = this.network.address(host);
    const settings = {
      ROSTRA_NATS_URLS: this.natsUrls().join(" "),
      ROSTRA_DATA: this.#folder,
      ROSTRA_NAME: host,
      ROSTRA_INTERNAL_HOST: address,
      ROSTRA_LOG_FORMAT: "json",
      ROSTRA_RATE_LIMITS: "off",
      // As `npm start` and deploy/systemd have it.
      NODE_COMPILE_CACHE: join(this.#folder, "compiled"),
      ROSTRA_UDP_PORT: String(PUBLIC_PORT + HOSTS.indexOf(host)),
      HOST: address,
      PORT: String(PUBLIC_PORT),
      ...(role === "edge" && { ROSTRA_EDGE_URL: `http://${address}:${PUBLIC_PORT}` }),
      ...(role === "control" && {
        ROSTRA_DATABASE_URL: `postgresql://rostra@${this.network.address("postgres")}:${POSTGRES_PORT}/postgres`,
      }),
      ...env,
    };
    return new Service(this.network, {
      host,
      command: [process.execPath, MAIN, role],
      run: { env: settings },
      ready: /^Rostra's \S+ is ready$/m,
    });
  }
}

function roleOf(host: Host): Role | undefined {
  return (["control", "stage", "edge"] as const).find((role) => host.startsWith(role));
}

function owner(): string[] {
  return [`--reuid=${id("-u")}`, `--regid=${id("-g")}`, "--clear-groups"];
}

/** PostgreSQL doesn't run as root: Debian's own user takes that over. */
function id(flag: "-u" | "-g"): number {
  return Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }).trim());
}

function program(name: string): string {
  if (!existsSync(DEBIAN_FOLDER)) return name;
  const versions = readdirSync(DEBIAN_FOLDER).sort((a, b) => Number(b) - Number(a));
  const found = versions.map((version) => join(DEBIAN_FOLDER, version, "bin", name));
  return found.find((path) => existsSync(path)) ?? name;
}
