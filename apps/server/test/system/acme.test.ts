import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { freeTcpPort, Pebble, RostraProcess } from "@rostra/testkit";
import { systemClock } from "@rostra/wire";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CertificateKeeper } from "../../src/acme/certificate-keeper.ts";

// A real authority (pebble, Let's Encrypt's own for tests), which looks for real answers on the
// port of plain HTTP.

const NAME = "live.example.org";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rostra-acme-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Who signed the certificate that a newcomer is shown, if `ca` trusts it. */
async function signer(port: number, ca: string): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1", servername: NAME, ca });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  socket.once("error", reject);
  socket.once("secureConnect", () => resolve(String(socket.getPeerCertificate().issuer.CN)));
  return promise.finally(() => socket.destroy());
}

describe("a server that asks for its certificate itself", () => {
  it("is ready with one that browsers trust, for all its edges, and has it after a restart", async () => {
    const httpPort = await freeTcpPort();
    const pebble = await Pebble.start({ httpPort });
    const dataDirectory = join(folder, "whole");
    const settings = [
      "ROSTRA_EDGES=2",
      `ROSTRA_HTTP_PORT=${httpPort}`,
      `ROSTRA_ACME_DOMAINS=${NAME}`,
      "ROSTRA_ACME_EMAIL=ada@example.org",
      `ROSTRA_ACME_DIRECTORY=${pebble.directoryUrl}`,
    ];
    const config = join(folder, "rostra.env");
    await writeFile(config, settings.join("\n"));
    const env = { NODE_EXTRA_CA_CERTS: pebble.caFile };
    const start = () => RostraProcess.start({ env, args: ["--config", config], dataDirectory });
    const rostra = await start();
    expect(rostra.url).toMatch(new RegExp(`^https://${NAME}:\\d+$`));
    const port = Number(new URL(rostra.url).port);
    const ca = await pebble.root();
    // Edges look at the file every ten seconds.
    await expect
      .poll(() => signer(port, ca), { timeout: 20_000, interval: 200 })
      .toMatch(/^Pebble/);
    const file = join(dataDirectory, "acme", "certificate.pem");
    const [first, { mode }] = [await readFile(file, "utf8"), await stat(file)];
    expect(mode & 0o777).toBe(0o600);
    expect(await rostra.stop()).toBe(0);
    // Nobody is asked again, or could be.
    await pebble.stop();
    const again = await start();
    expect(await signer(Number(new URL(again.url).port), ca)).toMatch(/^Pebble/);
    expect(await readFile(file, "utf8")).toBe(first);
    expect(await again.stop()).toBe(0);
  });
});

describe("the certificate's keeper", () => {
  function keep(acme: { directoryUrl: string; httpPort: number; name: string }) {
    const lines: string[] = [];
    const log = pino({ base: null }, { write: (line: string) => void lines.push(line) });
    const { directoryUrl, httpPort, name } = acme;
    const config = {
      ...{ domains: [NAME], email: null, directoryUrl, folder: join(folder, name) },
      http: { host: "127.0.0.1", port: httpPort },
    };
    const kept = CertificateKeeper.start({ acme: config, clock: systemClock, log });
    return { kept, lines, file: join(folder, name, "certificate.pem") };
  }

  it("has a new one before the old one ends, and one process of several orders it", async () => {
    const answers = createServer((req, res) => {
      const token = req.url!.split("/").at(-1)!;
      readFile(join(folder, "short", "challenges", token)).then(
        (answer) => res.end(answer),
        () => res.writeHead(404).end(),
      );
    }).listen(0, "127.0.0.1");
    await once(answers, "listening");
    const httpPort = (answers.address() as AddressInfo).port;
    const pebble = await Pebble.start({ httpPort, validS: 6 });
    process.env["NODE_EXTRA_CA_CERTS"] = pebble.caFile;
    const both = [0, 1].map(() =>
      keep({ directoryUrl: pebble.directoryUrl, httpPort, name: "short" }),
    );
    const [one, two] = await Promise.all(both.map(({ kept }) => kept));
    const issued = async () => new X509Certificate(await readFile(both[0]!.file));
    await Promise.race([one!.settled, two!.settled]);
    const first = await issued();
    expect(first.issuer).toContain("Pebble");
    const seen = new Set([first.serialNumber]);
    const count = async () => seen.add((await issued()).serialNumber).size;
    await expect.poll(count, { timeout: 15_000 }).toBe(2);
    expect((await issued()).validFromDate.getTime()).toBeLessThan(first.validToDate.getTime());
    one!.close();
    two!.close();
    delete process.env["NODE_EXTRA_CA_CERTS"];
    answers.close();
    await pebble.stop();
    expect(both.flatMap(({ lines }) => lines).filter((line) => /trying again/.test(line))).toEqual(
      [],
    );
  });

  it("says in one line why there is none, and the port opens all the same", async () => {
    const port = await freeTcpPort();
    const directoryUrl = `https://127.0.0.1:${port}/dir`;
    const { kept, lines, file } = keep({ directoryUrl, httpPort: 1, name: "failed" });
    const keeper = await kept;
    expect(await readFile(file, "utf8")).toContain("BEGIN CERTIFICATE");
    await keeper.settled;
    keeper.close();
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({
      msg: expect.stringMatching(
        /^127.0.0.1:\d+ can't be reached \(.+\): no certificate is to be had for now; trying again in 1 min$/,
      ),
    });
  });
});
