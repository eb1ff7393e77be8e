import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import {
  expiredCertificate,
  FleetProcess,
  freeTcpPort,
  NatsServer,
  PostgresServer,
  selfSigned,
} from "@rostra/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

// The mistakes of docs/hosting, "When it doesn't start", made by a real process each.

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
/** Of sysexits.h: only a person mends it. */
const FOR_GOOD = 78;

let folder: string;
let nats: NatsServer;
let closedPort: number;
let postgres: PostgresServer;
const taken = createServer();
const takenUdp = createSocket("udp4");

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rostra-bad-"));
  taken.listen(0);
  takenUdp.bind(0);
  [nats, postgres, closedPort] = await Promise.all([
    NatsServer.start(["--user", "ada", "--pass", "right"]),
    PostgresServer.start(),
    freeTcpPort(),
  ]);
});

afterAll(async () => {
  taken.close();
  takenUdp.close();
  await Promise.all([nats.stop(), postgres.stop()]);
  await rm(folder, { recursive: true });
});

interface Ending {
  readonly code: number | null;
  readonly said: string;
}

/** Until the process has gone, and everybody whom it has started: they share its output. */
async function start(args: readonly string[], env: Record<string, string> = {}): Promise<Ending> {
  const defaults = {
    PATH: process.env["PATH"],
    PORT: "0",
    ROSTRA_UDP_PORT: "0",
    ROSTRA_DATA: join(folder, "data"),
    ROSTRA_INTERNAL_HOST: "127.0.0.1",
    ROSTRA_LOG_LEVEL: "silent",
  };
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...defaults, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = once(child, "close");
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  await closed;
  return { code: child.exitCode, said: (await said).join("") };
}

async function refuses(
  line: RegExp,
  args: readonly string[],
  env: Record<string, string> = {},
  code = FOR_GOOD,
): Promise<void> {
  const ending = await start(args, env);
  expect(ending.said).toMatch(/^rostra: [^\n]+\n$/);
  expect(ending.said).toMatch(line);
  expect(ending.code).toBe(code);
}

const ours = () => nats.url.replace("//", "//ada:right@");
const inFleet = () => ({ ROSTRA_NATS_URLS: ours() });
const port = (server: { address(): unknown }) => String((server.address() as AddressInfo).port);

describe("what a new operator gets wrong is said in one line, and nothing is left running", () => {
  it("a role or a setting that doesn't exist", async () => {
    const file = join(folder, "rostra.env");
    await writeFile(file, "ROSTRA_NATS_URL=nats://127.0.0.1:4222\n");
    await Promise.all([
      refuses(/there is no role 'choir'; usage: rostra/, ["choir"]),
      refuses(/did you mean ROSTRA_NATS_URLS\?/, ["edge", "--config", file]),
      refuses(/PORT must be a whole number/, [], { PORT: "http" }),
    ]);
  });

  it("NATS: not given, no URL, nobody there, wrong password, no permission", async () => {
    const file = join(folder, "nats.conf");
    const user = "{user: ada, password: right, permissions: {subscribe: {deny: '>'}}}";
    await writeFile(file, `authorization { users = [${user}] }`);
    const deaf = await NatsServer.start(["-c", file]);
    const at = (url: string) => ({ ROSTRA_NATS_URLS: url });
    const nobody = `nats://127.0.0.1:${closedPort}`;
    await Promise.all([
      refuses(/a stage on its own needs ROSTRA_NATS_URLS/, ["stage"]),
      refuses(/must be URLs like nats:\/\//, ["edge"], at("10.0.0.1:4222")),
      refuses(/can't be reached .+is it running there/, ["edge"], at(nobody), 1),
      refuses(
        /doesn't let us in .+check user, password/,
        ["edge"],
        at(ours().replace("right", "x")),
      ),
      // It would be ready otherwise, and alone.
      refuses(
        /doesn't carry what we say \(Permissions Violation.+let this user publish and subscribe/,
        ["edge"],
        at(deaf.url.replace("//", "//ada:right@")),
      ),
    ]);
    await deaf.stop();
  });

  it("PostgreSQL: nobody there, wrong user, tables of a newer Rostra", async () => {
    const at = (url: string) => ({ ...inFleet(), ROSTRA_DATABASE_URL: url });
    await Promise.all([
      refuses(
        /PostgreSQL at \S+ can't be used .+: is it running/,
        ["control"],
        at(`postgresql://ada@127.0.0.1:${closedPort}/rostra`),
        1,
      ),
      refuses(
        /PostgreSQL at \S+ doesn't let 'eve' in .+: check user, password/,
        ["control"],
        { ...at(postgres.url.replace("rostra@", "eve:x@")), ROSTRA_NAME: "control-2" },
        1,
      ),
    ]);
    const first = await FleetProcess.start("control", {
      ...at(postgres.url),
      ROSTRA_NAME: "first",
    });
    await first.stop();
    const newer = "insert into schema_migrations values (9999, 'later', 0)";
    const psql = spawn("psql", [postgres.url, "-qc", newer], { stdio: "inherit" });
    await once(psql, "close");
    await refuses(/written by a newer Rostra .+: update Rostra/, ["control"], at(postgres.url));
  });

  it("a certificate that ran out, or belongs to another key", async () => {
    const [one, two, old] = await Promise.all([
      selfSigned(await mkdtemp(join(folder, "one-"))),
      selfSigned(await mkdtemp(join(folder, "two-"))),
      expiredCertificate(await mkdtemp(join(folder, "old-"))),
    ]);
    const tls = (certFile: string, keyFile: string) => ({
      ROSTRA_TLS_CERT: certFile,
      ROSTRA_TLS_KEY: keyFile,
    });
    await Promise.all([
      refuses(/ran out on \d{4}-\d\d-\d\d: renew it/, [], tls(old.certFile, old.keyFile)),
      refuses(/doesn't belong to the certificate/, [], tls(one.certFile, two.keyFile)),
      refuses(/can't be read \(ENOENT\)/, ["edge"], { ...inFleet(), ...tls("/none", one.keyFile) }),
    ]);
  });

  it("ports that somebody else has, an address that isn't this machine's", async () => {
    await Promise.all([
      refuses(/TCP port \d+ is in use: stop what uses it/, [], { PORT: port(taken) }, 1),
      refuses(/TCP port \d+ is in use/, ["edge"], { ...inFleet(), PORT: port(taken) }, 1),
      refuses(
        /UDP port \d+ is in use/,
        ["stage"],
        { ...inFleet(), ROSTRA_UDP_PORT: port(takenUdp) },
        1,
      ),
      refuses(/ROSTRA_INTERNAL_HOST 198.51.100.1 can't be listened on/, ["edge"], {
        ...inFleet(),
        ROSTRA_INTERNAL_HOST: "198.51.100.1",
      }),
    ]);
  });

  it("a data folder that can't be written to, and what is broken in it", async () => {
    const file = join(folder, "file");
    const broken = await mkdtemp(join(folder, "broken-"));
    await writeFile(file, "");
    await writeFile(join(broken, "signing-key.json"), "{}", { mode: 0o600 });
    await Promise.all([
      refuses(/the data folder \S+ can't be made or written to/, [], { ROSTRA_DATA: file }),
      // Only the role itself finds that: all the others are running by then.
      refuses(/signing-key.json is not an Ed25519 key: restore it/, [], {
        ROSTRA_DATA: broken,
        ROSTRA_EDGES: "1",
      }),
    ]);
  });

  it("a name that another process has, for as long as that lives and no longer", async () => {
    const env = { ...inFleet(), ROSTRA_NAME: "edge-1", ROSTRA_DATA: folder };
    const first = await FleetProcess.start("edge", { ...env, PORT: "0" });
    await refuses(
      /a process named edge-1 is in this fleet already \(127.0.0.1, pid/,
      ["edge"],
      env,
      1,
    );
    await first.kill();
    const again = await FleetProcess.start("edge", { ...env, PORT: "0" });
    expect(await again.stop()).toBe(0);
  });
});
