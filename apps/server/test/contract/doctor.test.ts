import { execFile, execFileSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connectNats, joinFleet, type Relay } from "@rostra/relay";
import {
  expiredCertificate,
  freeTcpPort,
  NatsServer,
  PostgresServer,
  selfSigned,
} from "@rostra/testkit";
import { type Clock, type Role, STATE_KEYS, systemClock } from "@rostra/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConfig } from "../../src/config.ts";
import { checkAnnounced } from "../../src/doctor/checks/address.ts";
import { checkDescriptors, checkNode } from "../../src/doctor/checks/machine.ts";
import { examine } from "../../src/doctor/doctor.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

let folder: string;
let nats: NatsServer;
let postgres: PostgresServer;
const relays: Relay[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rostra-doctor-"));
  [nats, postgres] = await Promise.all([
    NatsServer.start(["--user", "ada", "--pass", "right"]),
    PostgresServer.start(),
  ]);
});

afterAll(async () => {
  await Promise.all(relays.map((relay) => relay.close()));
  await Promise.all([nats.stop(), postgres.stop()]);
  await rm(folder, { recursive: true });
});

const natsUrl = (password = "right") => nats.url.replace("//", `//ada:${password}@`);

/** What the doctor finds, by check: its level and its line. */
async function findings(role: Role | undefined, env: Readonly<Record<string, string>>) {
  const base = { PORT: "0", ROSTRA_DATA: folder, ROSTRA_INTERNAL_HOST: "127.0.0.1" };
  const found = await examine(role, { ...base, ...env });
  for (const { text } of found) expect(text).not.toContain("\n");
  return Object.fromEntries(found.map(({ check, level, text }) => [check, `${level}: ${text}`]));
}

/** Somebody else in the fleet. */
async function joinAs(fleet: string, name: string, url: string, clock: Clock = systemClock) {
  const buses = await connectNats([{ servers: [nats.url], user: "ada", password: "right" }]);
  const relay = await joinFleet({ buses, name, fleet, clock });
  relays.push(relay);
  relay.put(STATE_KEYS.service(name), { role: "edge", name, url, pid: 1 }, { ephemeral: true });
  return relay;
}

describe("the doctor, of one machine", () => {
  it("finds nothing wrong with one that could run Rostra", async () => {
    const found = await findings(undefined, {});
    expect(Object.values(found).filter((text) => text.startsWith("wrong"))).toEqual([]);
    expect(found["data folder"]).toMatch(/^ok: .+ MiB free$/);
    expect(found["UDP port"]).toMatch(/^ok: \d+ is free, and heard on this machine$/);
  });

  it("sees a data folder that can't be written to", async () => {
    const ROSTRA_DATA = join(folder, "a-file");
    await writeFile(ROSTRA_DATA, "");
    const found = await findings(undefined, { ROSTRA_DATA });
    expect(found["data folder"]).toMatch(/^wrong: \S+ can't be written to \(\w+\): give it to/);
  });

  it("says who has the ports: somebody else, or Rostra itself", async () => {
    const other = createServer((_, res) => void res.end("hello")).listen(0);
    const udp = createSocket("udp4").bind(0);
    await Promise.all([once(other, "listening"), once(udp, "listening")]);
    const PORT = String((other.address() as AddressInfo).port);
    const ROSTRA_UDP_PORT = String(udp.address().port);
    const taken = await findings(undefined, { PORT, ROSTRA_UDP_PORT });
    expect(taken["TCP port"]).toMatch(/^wrong: TCP port \d+ is in use: stop what uses it/);
    expect(taken["UDP port"]).toMatch(/^wrong: UDP port \d+ is in use: stop what uses it/);
    other.removeAllListeners("request").on("request", (_, res) => res.end('{"status":"ok"}'));
    const ours = await findings(undefined, { PORT, ROSTRA_UDP_PORT });
    expect(ours["TCP port"]).toMatch(/^ok: \d+ is Rostra's, which runs here$/);
    expect(ours["UDP port"]).toMatch(/^ok/);
    other.close();
    udp.close();
  });

  it("reads the certificate: whose it is, how long it lasts, and what is wrong with it", async () => {
    const tls = async ({ certFile, keyFile }: { certFile: string; keyFile: string }) => {
      const env = { ROSTRA_TLS_CERT: certFile, ROSTRA_TLS_KEY: keyFile };
      return (await findings(undefined, env))["TLS"];
    };
    const [one, two, old] = await Promise.all([
      selfSigned(await mkdtemp(join(folder, "one-"))),
      selfSigned(await mkdtemp(join(folder, "two-"))),
      expiredCertificate(await mkdtemp(join(folder, "old-"))),
    ]);
    expect(await tls(one)).toMatch(/^warning: for localhost, 127.0.0.1, 1 days left; signed by/);
    expect(await tls(old)).toMatch(
      /^wrong: the certificate in \S+ ran out on \d{4}-\d\d-\d\d: renew/,
    );
    expect(await tls({ ...one, keyFile: two.keyFile })).toMatch(
      /^wrong: the key in \S+ doesn't belong/,
    );
    expect(await tls({ ...one, certFile: one.keyFile })).toMatch(
      /^wrong: \S+ holds no certificate/,
    );
    expect(await tls({ ...one, keyFile: "/none" })).toMatch(
      /^wrong: \/none can't be read \(ENOENT\)/,
    );
  });

  it("names a setting that can't be used, and those that nobody reads", async () => {
    expect(await findings(undefined, { PORT: "http" })).toMatchObject({
      settings: expect.stringMatching(/^wrong: PORT must be/),
    });
    const { settings } = await findings(undefined, { ROSTRA_EDGE_LISTENER: "1" });
    expect(settings).toMatch(/^warning: nobody reads ROSTRA_EDGE_LISTENER/);
  });

  it("judges versions, descriptors and addresses by what they are for", () => {
    expect(checkNode("20.11.0").level).toBe("wrong");
    expect(checkNode("22.18.0").level).toBe("warning");
    const { edge } = readConfig({ ROSTRA_EDGE_LISTENERS: "5000" }, false);
    expect(checkDescriptors(20_000, edge).level).toBe("ok");
    expect(checkDescriptors(4_096, edge).text).toContain("LimitNOFILE=6500");
    expect(checkDescriptors(512, edge).level).toBe("wrong");
    expect(checkAnnounced([], ["10.0.0.5", "fe80::1"], 7070).level).toBe("warning");
    expect(checkAnnounced([], ["198.51.100.7"], 7070).level).toBe("ok");
    expect(checkAnnounced(["198.51.100.7"], ["10.0.0.5"], 7070).text).toContain("NAT");
  });
});

describe("the doctor, of a role in a fleet", () => {
  it("tries each NATS server as the role would use it", async () => {
    const works = await findings("edge", { ROSTRA_NATS_URLS: natsUrl() });
    expect(works["NATS"]).toMatch(/^ok: nats:\/\/127.0.0.1:\d+, \d+\.\d ms there and back$/);
    expect(works["name"]).toMatch(/^ok: edge-\S+ is free$/);
    const refused = await findings("edge", { ROSTRA_NATS_URLS: natsUrl("wrong") });
    expect(refused["NATS"]).toMatch(
      /^wrong: NATS at \S+ doesn't let us in .+: check user, password/,
    );
    const closed = await findings("edge", {
      ROSTRA_NATS_URLS: `nats://127.0.0.1:${await freeTcpPort()}`,
    });
    expect(closed["NATS"]).toMatch(/^wrong: NATS at \S+ can't be reached .+: is it running there/);
  });

  it("finds who else has the name, and whose clock is off, by what the fleet says", async () => {
    const fleet = { ROSTRA_NATS_URLS: natsUrl(), ROSTRA_FLEET: "crowded" };
    const ahead: Clock = { ...systemClock, nowMs: () => systemClock.nowMs() + 2_000 };
    await joinAs("crowded", "edge-here", "http://127.0.0.1:1");
    const far = await joinAs("crowded", "edge-far", "http://198.51.100.7:1", ahead);
    await joinAs("crowded", "twin", "http://198.51.100.8:1");
    await joinAs("crowded", "twin", "http://198.51.100.9:1");
    const load = setInterval(() => far.put("edge-load/edge-far", {}), 200);
    const named = (name: string) => findings("edge", { ...fleet, ROSTRA_NAME: name });
    const [here, there, twin] = await Promise.all([
      named("edge-here"),
      named("edge-far"),
      named("twin"),
    ]);
    clearInterval(load);
    expect(here["name"]).toBe("ok: edge-here is in the fleet, from this machine");
    expect(here["clock"]).toMatch(/^wrong: (?:19|20)\d\d ms behind edge-far: let chrony/);
    expect(there["name"]).toMatch(/^wrong: edge-far is the name of a process at 198.51.100.7/);
    expect(twin["name"]).toBe("wrong: 2 processes are called twin: give each its own ROSTRA_NAME");
  });

  it("looks at PostgreSQL, its tables and what it keeps", async () => {
    const look = (url: string) =>
      findings("control", { ROSTRA_NATS_URLS: natsUrl(), ROSTRA_DATABASE_URL: url });
    const found = await look(postgres.url);
    expect(found["PostgreSQL"]).toMatch(/^ok: 1\d\.\d+, \d+\.\d ms away$/);
    expect(found["clock"]).toMatch(/^ok: \d+ ms (?:behind|ahead of) PostgreSQL$/);
    expect(found["PostgreSQL schema"]).toMatch(/^ok: no tables yet/);
    expect(found["journal"]).toMatch(/^ok: .+ MiB free$/);
    const ROSTRA_DATA = join(folder, "no-folder");
    await writeFile(ROSTRA_DATA, "");
    const own = { ROSTRA_NATS_URLS: natsUrl(), ROSTRA_DATABASE_URL: postgres.url };
    const without = await findings("control", { ...own, ROSTRA_DATA });
    expect(without["journal"]).toMatch(/^warning: \S+ can't be written to .+ in memory alone$/);
    const reader = ["create user reader", "revoke create on schema public from public"];
    execFileSync("psql", [postgres.url, "-q", ...reader.flatMap((order) => ["-c", order])]);
    const barred = await look(postgres.url.replace("rostra@", "reader@"));
    expect(barred["PostgreSQL schema"]).toMatch(/^wrong: this user may not make tables there/);
    const noFile = await look(`${postgres.url}?sslmode=verify-full&sslrootcert=/none.pem`);
    expect(noFile["PostgreSQL"]).toMatch(/^wrong: a file that ROSTRA_DATABASE_URL names/);
    const orders = [
      "create table schema_migrations (version integer)",
      "insert into schema_migrations values (9999)",
      "alter system set fsync = off",
      "select pg_reload_conf()",
    ];
    execFileSync("psql", [postgres.url, ...orders.flatMap((order) => ["-c", order])]);
    await expect
      .poll(() => look(postgres.url), { timeout: 10_000 })
      .toMatchObject({
        "PostgreSQL schema": expect.stringMatching(
          /^wrong: 9999, but this Rostra knows \d+: update/,
        ),
        "PostgreSQL fsync": expect.stringMatching(/^wrong: fsync is off/),
      });
    const gone = await look(postgres.url.replace("/postgres", "/none"));
    expect(gone["PostgreSQL"]).toMatch(/^wrong: .+ has no database 'none': create it/);
  });
});

describe("rostra doctor", () => {
  function run(...args: string[]) {
    const { promise, resolve } = Promise.withResolvers<{ code: number; out: string }>();
    const env = { PATH: process.env["PATH"], PORT: "0", ROSTRA_DATA: folder };
    const child = execFile(process.execPath, [MAIN, "doctor", ...args], { env }, (_, out, err) =>
      resolve({ code: child.exitCode!, out: out + err }),
    );
    return promise;
  }

  it("prints a table, or JSON, and ends with 1 where something is wrong", async () => {
    const file = join(folder, "rostra.env");
    await writeFile(file, `ROSTRA_NATS_URLS=nats://127.0.0.1:${await freeTcpPort()}\n`);
    const [fine, bad] = await Promise.all([run("--json"), run("stage", "--config", file)]);
    expect(fine.code).toBe(0);
    expect(JSON.parse(fine.out)).toMatchObject({
      wrong: 0,
      findings: expect.arrayContaining([
        { check: "data folder", level: "ok", text: expect.any(String) },
      ]),
    });
    expect(bad.code).toBe(1);
    expect(bad.out).toMatch(/^WRONG +NATS +NATS at .+$/m);
    expect(bad.out).toMatch(/\n1 wrong: change that first\.\n$/);
  });
});
