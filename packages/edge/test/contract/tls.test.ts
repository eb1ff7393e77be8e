import { once } from "node:events";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { request } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { selfSigned } from "@rostra/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { GATE_BOUNDS } from "../../src/gate/limits.ts";
import { CERTIFICATE_CHECK_MS } from "../../src/tls/certificate.ts";
import { EdgeWorld, isFromStage } from "../support/edge-world.ts";
import { everyNumber, LiveClient, UPGRADE } from "../support/live-client.ts";
import { getRequest, RawClient } from "../support/raw-client.ts";

let world: EdgeWorld;
let folder: string;
let files: Awaited<ReturnType<typeof selfSigned>>;
const ending: (() => unknown)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rostra-tls-"));
  files = await selfSigned(folder);
});

afterEach(async () => {
  for (const end of ending.splice(0)) await end();
  await world.close();
  await rm(folder, { recursive: true });
});

async function open(options: object = {}): Promise<void> {
  const { certFile, keyFile } = files;
  world = await EdgeWorld.onAir({ tls: { certFile, keyFile }, ...options });
}

function connect(): TLSSocket {
  const socket = connectTls({ port: world.port, host: "127.0.0.1", ca: files.pem });
  ending.push(() => socket.destroy());
  return socket;
}

function get(path: string) {
  const url = `https://localhost:${world.port}${path}`;
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    const asked = request(url, { ca: files.pem, agent: false }, (answer) => {
      text(answer).then((body) => resolve({ status: answer.statusCode!, body }), reject);
    });
    asked.on("error", reject);
    asked.end();
  });
}

describe("a public port with a certificate", () => {
  it("serves a WebSocket listener every frame, none missing and none double", async () => {
    await open();
    const client = new LiveClient(world.port, world.path, connect());
    await client.untilEvent("welcome");
    await client.until(() => client.frames.length > 0);
    await world.pass(1_000);
    const first = client.frames[0]!.number;
    await client.untilFrame(first + 80);
    expect(client.numbers).toEqual(everyNumber(first, client.numbers.at(-1)!));
    expect(client.frames.every(isFromStage)).toBe(true);
  });

  it("serves an endless stream from the bare socket", async () => {
    await open();
    const client = new RawClient(world.port, getRequest(`${world.path}.ogg`), connect());
    await client.until(() => client.body.includes("OpusHead"));
    const before = client.received.length;
    await world.pass(500);
    await client.until(() => client.received.length > before + 500);
  });

  it("serves playlists and frames, and tells control that the caller came by HTTPS", async () => {
    await open();
    await world.pass(3_000);
    expect((await get(`${world.path}/index.m3u8`)).body).toContain("#EXTM3U");
    const control = createServer((req, res) => res.end(JSON.stringify(req.headers)));
    control.listen(0, "127.0.0.1");
    await once(control, "listening");
    ending.push(() => control.close());
    world.announce("control", `http://127.0.0.1:${(control.address() as AddressInfo).port}`);
    await world.pass(100);
    const seen = JSON.parse((await get("/api/v1/spaces")).body) as Record<string, string>;
    expect(seen["x-forwarded-proto"]).toBe("https");
    expect(seen["x-forwarded-host"]).toBe(`localhost:${world.port}`);
  });

  it("hands stage sockets and WHIP on to the stage, both ways", async () => {
    await open();
    const stage = createServer((req, res) => {
      text(req).then(
        (offer) => res.writeHead(201).end(`answer to ${offer}`),
        () => res.destroy(),
      );
    });
    stage.on("upgrade", (req, socket: Socket) => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n");
      socket.write(`${req.headers["x-forwarded-proto"]} `);
      socket.pipe(socket);
    });
    stage.listen(0, "127.0.0.1");
    await once(stage, "listening");
    ending.push(() => stage.close());
    world.announce("stage", `http://127.0.0.1:${(stage.address() as AddressInfo).port}`);
    await world.pass(100);
    const path = `/api/v1/spaces/${world.space.id}`;
    const speaker = new RawClient(world.port, getRequest(`${path}/stage`, UPGRADE), connect());
    await speaker.until(() => speaker.body.includes("https "));
    speaker.socket.write("and back");
    await speaker.until(() => speaker.body.includes("https and back"));
    speaker.close();
    const offer = `POST ${path}/whip HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\noffer`;
    const whip = new RawClient(world.port, offer, connect());
    await whip.until(() => whip.body.includes("answer to offer"));
    expect(whip.status).toBe(201);
  });

  it("takes a new certificate without dropping anyone, and passes over a broken one", async () => {
    await open();
    const client = new LiveClient(world.port, world.path, connect());
    await client.untilEvent("welcome");
    await writeFile(files.certFile, "not a certificate");
    await world.pass(CERTIFICATE_CHECK_MS + 200);
    expect(await subjectServed()).toBe("localhost");
    const other = await mkdtemp(join(folder, "new-"));
    const fresh = await selfSigned(other, "renewed");
    // One after the other, as renewals do: in between, the pair doesn't match.
    await copyFile(fresh.certFile, files.certFile);
    await world.pass(CERTIFICATE_CHECK_MS + 200);
    await copyFile(fresh.keyFile, files.keyFile);
    await expect
      .poll(
        async () => {
          await world.pass(CERTIFICATE_CHECK_MS);
          return subjectServed();
        },
        { timeout: 10_000 },
      )
      .toBe("renewed");
    const head = world.currentFrame;
    await world.pass(600);
    await client.untilFrame(head);
    expect(client.closed).toBe(false);
  });

  it("cuts those who shake no hands, and answers those who do", async () => {
    await open();
    const silent = new RawClient(world.port, "");
    const plain = new RawClient(world.port, getRequest("/healthz"));
    ending.push(() => silent.close());
    await plain.untilClosed();
    expect(plain.received.toString("latin1")).not.toContain("200");
    await world.pass(GATE_BOUNDS.greetingMs + 2_000);
    await silent.untilClosed();
    expect((await get("/healthz")).status).toBe(200);
  });

  it("counts the connections of an address as it does without one", async () => {
    await open({ trustedProxies: [], gate: { plain: 2, waiting: 2 } });
    for (let at = 0; at < 5; at += 1) {
      const client = new LiveClient(world.port, world.path, connect());
      await client.untilEvent("welcome");
    }
    const idle = [0, 1].map(() => new RawClient(world.port, getRequest("/healthz"), connect()));
    for (const client of idle) await client.until(() => client.status === 200);
    const third = new RawClient(world.port, getRequest("/healthz"), connect());
    await third.untilClosed();
    expect(third.received.length).toBe(0);
    idle[0]!.close();
    await idle[0]!.untilClosed();
    await world.pass(200);
    expect((await get("/healthz")).status).toBe(200);
  });
});

describe("the port of plain HTTP", () => {
  it("sends everybody on to HTTPS, by the name that they came by", async () => {
    const probe = createServer().listen(0, "127.0.0.1");
    await once(probe, "listening");
    const redirectPort = (probe.address() as AddressInfo).port;
    await new Promise((done) => probe.close(done));
    const { certFile, keyFile } = files;
    await open({ tls: { certFile, keyFile, redirectPort } });
    const ask = async (path: string, host: string) => {
      const client = new RawClient(redirectPort, getRequest(path, { Host: host }));
      ending.push(() => client.close());
      await client.until(() => client.received.includes("\r\n\r\n"));
      return client;
    };
    const sent = await ask("/s/abc?x=1", "rostra.test:80");
    expect(sent.status).toBe(308);
    expect(sent.received.toString()).toContain(
      `location: https://rostra.test:${world.port}/s/abc?x=1\r\n`,
    );
    expect((await ask("/", "evil.test/x")).status).toBe(400);
    expect((await ask("//evil.test", "rostra.test")).received.toString()).toContain(
      `location: https://rostra.test:${world.port}//evil.test\r\n`,
    );
  });
});

describe("a certificate that can't be used", () => {
  it("is said in one line, and nothing listens", async () => {
    world = new EdgeWorld();
    await writeFile(files.keyFile, "nothing");
    const { certFile, keyFile } = files;
    await expect(world.openEdge({ tls: { certFile, keyFile } })).rejects.toMatchObject({
      code: "bad-certificate",
      message: expect.stringMatching(/^\S+ holds no private key in PEM[^\n]*$/),
    });
  });
});

/** The name in the certificate that a newcomer is shown. */
async function subjectServed(): Promise<string> {
  const socket = connectTls({ port: world.port, host: "127.0.0.1", rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}
