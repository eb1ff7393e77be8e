import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import type { EdgeOptions } from "../../src/index.ts";
import { EdgeWorld } from "../support/edge-world.ts";
import { UPGRADE } from "../support/live-client.ts";
import { getRequest, RawClient } from "../support/raw-client.ts";

let world: EdgeWorld;
const clients: RawClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await world.close();
});

/** In one piece a handshake is read before node:http, in two only node:http can. */
const WAYS = ["in one piece", "in two pieces"] as const;

async function ask(way: (typeof WAYS)[number], request: string): Promise<RawClient> {
  const first = way === "in one piece" ? request : request.slice(0, 20);
  const client = new RawClient(world.port, first);
  clients.push(client);
  if (way === "in two pieces") {
    // Long enough for the first piece to be read alone.
    await sleep(30);
    client.socket.write(request.slice(20));
  }
  await client.until(() => client.status > 0 && client.received.includes("\r\n\r\n"), "an answer");
  return client;
}

/** All of an answer that has an end; of a listener's the head. */
async function answerTo(way: (typeof WAYS)[number], request: string): Promise<string> {
  const client = await ask(way, request);
  if (client.status === 101) return client.received.toString("latin1").split("\r\n\r\n")[0]!;
  await client.untilClosed();
  return client.received.toString("latin1");
}

async function bothAnswers(request: string): Promise<string> {
  const [whole, pieces] = [await answerTo(WAYS[0], request), await answerTo(WAYS[1], request)];
  expect(whole).toBe(pieces);
  return whole;
}

const asked = (query = "", headers: Record<string, string> = {}, path = world.path) =>
  getRequest(path + query, { ...UPGRADE, ...headers });

describe("a handshake, read before node:http or by it,", () => {
  it.each([
    ["is let in", "", {}, 101],
    ["resumes by number", "?from=100&rendition=thin", {}, 101],
    ["is told what is wrong with its query", "?from=x", {}, 400],
    ["is told which version there is", "", { "Sec-WebSocket-Version": "8" }, 426],
    ["is told that its key is none", "", { "Sec-WebSocket-Key": "short" }, 400],
    ["is told which protocol there is", "", { "Sec-WebSocket-Protocol": "chat" }, 400],
  ] as const)("%s", async (_, query, headers, status) => {
    world = await EdgeWorld.onAir();
    expect(await bothAnswers(asked(query, headers))).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  it("is told that there is no such space", async () => {
    world = await EdgeWorld.onAir();
    const answer = await bothAnswers(asked("", {}, "/live/0000000000000000"));
    expect(answer).toMatch(/^HTTP\/1.1 404 /);
  });

  it("is refused where all is full", async () => {
    world = await EdgeWorld.onAir({ marks: { listeners: 0, hlsListeners: 0 } });
    expect(await bothAnswers(asked())).toMatch(/^HTTP\/1.1 503 [\s\S]*retry-after/);
  });

  it.each(WAYS)("%s, spends the same address's joins as the other way", async (way) => {
    const gate: EdgeOptions["gate"] = { joinBurst: 2, joinsPerSecond: 0.001 };
    world = await EdgeWorld.onAir({ gate });
    const from = (address: string) => asked("", { "X-Forwarded-For": address });
    for (const each of WAYS) expect((await ask(each, from("192.0.2.1"))).status).toBe(101);
    expect((await ask(way, from("192.0.2.1"))).status).toBe(429);
    expect((await ask(way, from("192.0.2.2"))).status).toBe(101);
  });
});

describe("a connection that has been looked at", () => {
  it("serves one request after the other by node:http, the first in any pieces", async () => {
    world = await EdgeWorld.onAir();
    const client = await ask("in two pieces", getRequest("/healthz"));
    expect(client.status).toBe(200);
    client.socket.write(getRequest(`${world.path}/people`));
    await client.until(() => client.received.toString().split("HTTP/1.1 200").length === 3);
  });

  it("is no longer there when the edge has closed, though it never said anything", async () => {
    world = await EdgeWorld.onAir();
    const client = new RawClient(world.port, "");
    clients.push(client);
    await sleep(30);
    await world.close();
    await client.untilClosed();
  });
});
