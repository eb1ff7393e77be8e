import { createServer, type Server, type Socket } from "node:net";
import { newSpaceId } from "@rostra/wire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EdgeWorld } from "../support/edge-world.ts";
import { getRequest, RawClient } from "../support/raw-client.ts";

const ACCEPT =
  "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n";
const WITHIN = { timeout: 10_000, interval: 5 };

interface Call {
  readonly socket: Socket;
  received: string;
  ended: boolean;
}

let world: EdgeWorld;
/** The stage, as far as bytes go: what it gets is kept, what it says is the test's. */
let stage: Server;
let calls: Call[];
let clients: RawClient[];

beforeEach(async () => {
  calls = [];
  clients = [];
  stage = createServer((socket) => {
    const call: Call = { socket, received: "", ended: false };
    calls.push(call);
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      call.received += bytes.toString("latin1");
    });
    socket.on("close", () => {
      call.ended = true;
    });
  });
  await new Promise<void>((done) => stage.listen(0, "127.0.0.1", done));
  const { port } = stage.address() as { port: number };
  world = await EdgeWorld.onAir();
  world.announce("stage", `http://127.0.0.1:${port}`);
  await world.pass(100);
});

afterEach(async () => {
  for (const client of clients) client.close();
  for (const { socket } of calls) socket.destroy();
  stage.close();
  await world.close();
});

function upgrade(spaceId: string = world.space.id, behind = "", more = {}): RawClient {
  const request = getRequest(`/api/v1/spaces/${spaceId}/stage`, {
    upgrade: "websocket",
    connection: "Upgrade, X-Hop",
    "x-hop": "secret",
    "sec-websocket-version": "13",
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    "sec-websocket-protocol": "rostra.stage.v1",
    ...more,
  });
  const client = new RawClient(world.port, Buffer.from(request + behind, "latin1"));
  clients.push(client);
  return client;
}

async function tunneled(behind = ""): Promise<{ client: RawClient; call: Call }> {
  const before = calls.length;
  const client = upgrade(undefined, behind);
  await expect.poll(() => calls[before]?.received, WITHIN).toContain("\r\n\r\n");
  const call = calls[before]!;
  call.socket.write(ACCEPT);
  await client.until(() => client.status === 101);
  return { client, call };
}

describe("the way to a stage socket", () => {
  it("hands the request on, with who asked and without what was meant for the edge", async () => {
    await tunneled();
    const { received } = calls[0]!;
    expect(received).toMatch(
      new RegExp(`^GET /api/v1/spaces/${world.space.id}/stage HTTP/1.1\r\n`),
    );
    expect(received.toLowerCase()).toContain("x-forwarded-for: 127.0.0.1\r\n");
    expect(received.toLowerCase()).toContain("upgrade: websocket\r\n");
    expect(received.toLowerCase()).toContain("sec-websocket-protocol: rostra.stage.v1\r\n");
    expect(received).not.toContain("secret");
  });

  it("carries bytes both ways as they are, also those that came with the request", async () => {
    const { client, call } = await tunneled("\x81\x85early");
    await expect.poll(() => call.received, WITHIN).toContain("\x81\x85early");
    client.socket.write(Buffer.from([0, 255, 13, 10, 128]));
    await expect.poll(() => call.received.slice(-5), WITHIN).toBe("\x00\xff\r\n\x80");
    call.socket.write(Buffer.from([130, 3, 0, 255, 7]));
    await client.until(() => client.body.length === 5);
    expect([...client.body]).toEqual([130, 3, 0, 255, 7]);
  });

  it("carries a refusal of the stage as it is", async () => {
    const client = upgrade();
    await expect.poll(() => calls.length, WITHIN).toBe(1);
    calls[0]!.socket.end(
      "HTTP/1.1 426 An upgrade\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    );
    await client.untilClosed();
    expect(client.status).toBe(426);
  });

  it("ends both sides when either ends", async () => {
    const one = await tunneled();
    one.client.close();
    await expect.poll(() => one.call.ended, WITHIN).toBe(true);
    const two = await tunneled();
    two.call.socket.end("last words");
    await two.client.untilClosed();
    expect(two.client.body.toString()).toBe("last words");
    const three = await tunneled();
    three.client.socket.end();
    await expect.poll(() => three.call.ended, WITHIN).toBe(true);
    await three.client.untilClosed();
  });

  it("ends at once when the stage is killed", async () => {
    const { client, call } = await tunneled();
    call.socket.resetAndDestroy();
    await client.untilClosed();
  });

  it("holds a stage back whose listener doesn't read, and then lets go", async () => {
    const { client, call } = await tunneled();
    client.socket.pause();
    const bytes = Buffer.alloc(65_536);
    let taken = 0;
    // Until the stage itself is held back: what waits in between is bounded.
    while (call.socket.write(bytes) && taken < 64_000_000) {
      taken += bytes.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(taken).toBeLessThan(64_000_000);
    await world.pass(16_000);
    await expect.poll(() => call.ended, WITHIN).toBe(true);
  });

  it("isn't disturbed by bytes that are no WebSocket: they are the stage's to judge", async () => {
    const { client, call } = await tunneled();
    client.socket.write("GET / HTTP/1.1\r\n\r\n");
    await expect.poll(() => call.received, WITHIN).toContain("GET / HTTP/1.1\r\n\r\n");
    expect(client.closed).toBe(false);
  });
});

describe("an upgrade that leads nowhere", () => {
  it.each([
    ["an unknown space", newSpaceId()],
    ["no id of a space", "u"],
  ])("to %s is refused", async (_what, id) => {
    const client = upgrade(id);
    await client.untilClosed();
    expect(client.status).toBe(404);
    expect(client.body.toString()).toContain("urn:rostra:problem:not-found");
    expect(calls).toEqual([]);
  });

  it("is refused while the stage is away", async () => {
    world.putSpace({ stageName: "stage-9" });
    await world.pass(100);
    const client = upgrade();
    await client.untilClosed();
    expect(client.status).toBe(503);
    expect(client.received.toString()).toContain("retry-after: 1");
  });

  it("is refused where nobody listens at the stage's address", async () => {
    world.announce("stage", "http://127.0.0.1:9");
    await world.pass(100);
    const client = upgrade();
    await client.untilClosed();
    expect(client.status).toBe(503);
  });

  it("is refused where the stage doesn't answer within ten seconds", async () => {
    const client = upgrade();
    await expect.poll(() => calls.length, WITHIN).toBe(1);
    await world.pass(10_100);
    await client.untilClosed();
    expect(client.status).toBe(503);
  });
});
