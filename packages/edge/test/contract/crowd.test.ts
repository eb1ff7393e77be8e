import { CLOSE } from "@rostra/wire";
import { afterEach, describe, expect, it } from "vitest";
import { EdgeWorld } from "../support/edge-world.ts";
import { everyNumber, LiveClient, UPGRADE } from "../support/live-client.ts";
import { getRequest, RawClient } from "../support/raw-client.ts";

let world: EdgeWorld;
const clients: RawClient[] = [];

function keep<T extends RawClient>(client: T): T {
  clients.push(client);
  return client;
}

const listen = (query = "") => keep(new LiveClient(world.port, `${world.path}${query}`));
const send = (bytes: string | Uint8Array) => keep(new RawClient(world.port, bytes));

async function metric(name: string): Promise<number> {
  const page = await (await fetch(`http://127.0.0.1:${world.port}/metrics`)).text();
  return Number(new RegExp(`^${name}\\{.*\\} (\\d+)$`, "m").exec(page)?.[1]);
}

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await world.close();
});

describe("a listener who takes nothing", () => {
  it("is given up, while its neighbours hear every frame", async () => {
    world = await EdgeWorld.onAir();
    // Events of 12 KB fill the kernel's buffers sooner than sound would.
    const [ada] = world.space.members;
    const members = Array.from({ length: 90 }, () => ({ ...ada!, displayName: "x".repeat(50) }));
    const neighbour = listen();
    const stuck = listen();
    await stuck.untilEvent("welcome");
    await neighbour.untilEvent("welcome");
    stuck.socket.pause();
    let gone = false;
    for (let second = 0; second < 300 && !gone; second += 1) {
      for (let change = 0; change < 10; change += 1) {
        world.putSpace({ members });
        await world.pass(100);
      }
      gone = (await metric("rostra_edge_too_slow_total")) === 1;
    }
    expect(gone).toBe(true);
    await neighbour.untilFrame(world.currentFrame - 10);
    expect(neighbour.numbers).toEqual(
      everyNumber(neighbour.numbers[0]!, neighbour.numbers.at(-1)!),
    );
  });
});

describe("clients that send garbage", () => {
  it("are told so in one line, and nobody else notices", async () => {
    world = await EdgeWorld.onAir();
    const neighbour = listen();
    await neighbour.untilEvent("welcome");
    const garbage = [
      "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
      "HELLO\r\n\r\n",
      "GET / HTTP/9.9\r\n\r\n",
      "GET http://elsewhere/ HTTP/1.1\r\nHost: x\r\n\r\n",
      `GET /live/${"x".repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      `GET / HTTP/1.1\r\nHost: x\r\nA: ${"x".repeat(20_000)}\r\n\r\n`,
      "POST /api/v1/guests HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
      "GET /live/%00 HTTP/1.1\r\nHost: x\r\n\r\n",
    ];
    for (const bytes of garbage) {
      const client = send(bytes);
      await client.until(() => client.closed || client.body.length > 0);
      expect(client.status).toBeGreaterThanOrEqual(400);
      expect(client.status).toBeLessThan(500);
    }
    await world.pass(500);
    await neighbour.untilFrame(world.currentFrame - 10);
  });

  it("are ended with a code where they had become listeners", async () => {
    world = await EdgeWorld.onAir();
    const client = listen();
    await client.untilEvent("welcome");
    client.socket.write(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0));
    await client.untilClosed();
    expect(client.closeCode).toBe(CLOSE.protocolError);
  });

  it.each([
    ["an endless answer", (path: string) => getRequest(`${path}.ogg`)],
    ["a WebSocket", (path: string) => getRequest(path, UPGRADE)],
  ])("can't talk HTTP behind %s", async (_, opening) => {
    world = await EdgeWorld.onAir();
    const neighbour = listen();
    await neighbour.untilEvent("welcome");
    const first = opening(world.path);
    const second = getRequest("/healthz");
    const together = send(first + second);
    const upgradeBehind = send(first + getRequest(world.path, UPGRADE));
    const oggBehind = send(first + getRequest(`${world.path}.ogg`));
    const healthFirst = send(second + first);
    const later = send(first);
    await later.until(() => later.body.length > 0);
    later.socket.write(second + second);
    await world.pass(1_000);
    await healthFirst.until(() => healthFirst.body.length > 0);
    await neighbour.untilFrame(world.currentFrame - 10);
    for (const client of [together, upgradeBehind, oggBehind, later]) {
      expect(client.received.includes('{"status":"ok"}')).toBe(false);
    }
    expect((await fetch(`http://127.0.0.1:${world.port}/healthz`)).status).toBe(200);
  });

  it("may leave at any moment", async () => {
    world = await EdgeWorld.onAir();
    for (const query of ["", "?from=2900", "?sound=none", ".ogg", ".aac"]) {
      const path = query.startsWith(".") ? `${world.path}${query}` : `${world.path}${query}`;
      const headers: Record<string, string> = query.startsWith(".") ? {} : UPGRADE;
      for (let count = 0; count < 5; count += 1) send(getRequest(path, headers)).socket.end();
      for (let count = 0; count < 5; count += 1) send(getRequest(path, headers)).close();
    }
    await world.pass(500);
    const neighbour = listen();
    await neighbour.untilEvent("welcome");
    await world.pass(2_000);
    await neighbour.until(() => neighbour.of("listeners").at(-1)?.listeners.now === 1);
  });
});
