import { Nginx } from "@rostra/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EdgeWorld } from "../support/edge-world.ts";
import { everyNumber, LiveClient, UPGRADE } from "../support/live-client.ts";
import { expectLawful, parsePlaylist } from "../support/playlist-rules.ts";
import { getRequest, RawClient } from "../support/raw-client.ts";

const CROWD = 50;

let world: EdgeWorld;
let nginx: Nginx;
const clients: RawClient[] = [];

beforeEach(async () => {
  world = await EdgeWorld.onAir();
  await world.pass(6_000);
  nginx = await Nginx.start(world.port);
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await nginx.stop();
  await world.close();
});

const get = (path: string) => fetch(world.url(path, nginx.port));

/** Requests for HLS that the edge itself has had. */
async function seen(): Promise<number> {
  const page = await (await fetch(`http://127.0.0.1:${world.port}/metrics`)).text();
  return Number(/^rostra_edge_hls_requests_total\{[^}]*\} (\d+)$/m.exec(page)?.[1]);
}

async function playlist() {
  return parsePlaylist(await (await get("/index.m3u8")).text());
}

describe("nginx as docs/hosting has it", () => {
  it("asks once for what a crowd waits for, and gives all of them the same", async () => {
    const listed = await playlist();
    expectLawful(listed);
    const next = listed.mediaSequence + listed.segments.length;
    const before = await seen();
    const path = `/index.m3u8?_HLS_msn=${next}&_HLS_part=${listed.growing.length}`;
    const waiting = Promise.all(Array.from({ length: CROWD }, () => get(path)));
    const hinted = Promise.all(Array.from({ length: CROWD }, () => get(`/${listed.preloadHint}`)));
    const stop = world.passInRealTime();
    const texts = await Promise.all((await waiting).map((answer) => answer.text()));
    const parts = await hinted;
    await stop();
    expect(new Set(texts).size).toBe(1);
    expectLawful(parsePlaylist(texts[0]!));
    expect(new Set(parts.map((answer) => answer.status))).toEqual(new Set([200]));
    expect((await seen()) - before).toBe(2);
  });

  it("keeps parts, and nothing that was refused", async () => {
    const { segments } = await playlist();
    const uri = `/${segments[0]!.uri}`;
    const first = await get(uri);
    const before = await seen();
    const second = await get(uri);
    expect(second.headers.get("x-cache")).toBe("HIT");
    expect(Buffer.from(await second.arrayBuffer())).toEqual(Buffer.from(await first.arrayBuffer()));
    expect(second.headers.get("cache-control")).toContain("immutable");
    // What else stands in the query is nothing that the cache would keep apart.
    expect((await get(`${uri}?x=1`)).headers.get("x-cache")).toBe("HIT");
    expect(await seen()).toBe(before);
    for (const [path, status] of [
      ["/s1.m4s", 404],
      ["/index.m3u8?_HLS_msn=99999", 400],
    ] as const) {
      for (let at = 0; at < 2; at += 1) {
        const refused = await get(path);
        expect([refused.status, refused.headers.get("x-cache")]).toEqual([status, "MISS"]);
      }
    }
  });

  it("keeps an update apart from the full playlist", async () => {
    await world.pass(20_000);
    const listed = await playlist();
    const query = `?_HLS_msn=${listed.mediaSequence + listed.segments.length - 1}`;
    const [full, update] = [
      await get(`/index.m3u8${query}`),
      await get(`/index.m3u8${query}&_HLS_skip=YES`),
    ];
    expect(parsePlaylist(await full.text()).skipped).toBe(0);
    expect(parsePlaylist(await update.text()).skipped).toBeGreaterThan(0);
  });

  it("lets WebSocket listeners through, frame by frame", async () => {
    const client = new LiveClient(nginx.port, world.path);
    clients.push(client);
    await client.untilEvent("welcome");
    await client.until(() => client.frames.length > 0);
    await world.pass(1_000);
    const first = client.numbers[0]!;
    await client.untilFrame(first + 80);
    expect(client.numbers).toEqual(everyNumber(first, client.numbers.at(-1)!));
  });

  it("lets endless streams through as they come, and refusals as they are", async () => {
    const stream = new RawClient(nginx.port, getRequest(`${world.path}.ogg`));
    clients.push(stream);
    await stream.until(() => stream.body.includes("OpusHead"));
    const before = stream.received.length;
    await world.pass(500);
    await stream.until(() => stream.received.length > before + 500);
    const lost = new RawClient(nginx.port, getRequest("/live/0000000000000000", UPGRADE));
    clients.push(lost);
    await lost.until(() => lost.body.includes("urn:rostra:problem:not-found"));
    expect(lost.status).toBe(404);
  });
});
