import { freeTcpPort } from "@rostra/testkit";
import { encodeClientFrame, isListenAnswer, type ListenAnswer, OPCODE } from "@rostra/wire";
import { afterEach, describe, expect, it } from "vitest";
import type { OwnPressure } from "../../src/admission/pressure.ts";
import type { EdgeOptions } from "../../src/index.ts";
import { EdgeWorld } from "../support/edge-world.ts";
import { LiveClient, UPGRADE } from "../support/live-client.ts";
import { getRequest, RawClient } from "../support/raw-client.ts";

let world: EdgeWorld;
const clients: RawClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await world.close();
});

/** Edges with addresses of their own around one relay, on air for two seconds. */
async function openWorld(...options: Partial<EdgeOptions>[]): Promise<string[]> {
  world = new EdgeWorld();
  const urls: string[] = [];
  for (const each of options) {
    const port = await freeTcpPort();
    const publicUrl = `http://127.0.0.1:${port}`;
    await world.openEdge({ http: { host: "127.0.0.1", port }, publicUrl, ...each });
    urls.push(publicUrl);
  }
  await world.pass(2_000);
  return urls;
}

/** Room for so many, and none in HLS. */
const room = (listeners: number, hlsListeners = 0): Partial<EdgeOptions> => ({
  marks: { listeners, hlsListeners },
});

async function join(url: string, query = ""): Promise<LiveClient> {
  const client = new LiveClient(Number(new URL(url).port), world.path + query);
  clients.push(client);
  await client.until(() => client.status > 0, "an answer");
  return client;
}

/** Answers that aren't 101 have a whole body before they close. */
async function refusalOf(client: RawClient) {
  await client.untilClosed();
  const head = client.received.toString("latin1").split("\r\n\r\n")[0]!;
  const header = (name: string) => new RegExp(`^${name}: (.*)$`, "im").exec(head)?.[1];
  return { header, body: JSON.parse(client.body.toString()) as Record<string, unknown> };
}

async function listen(url: string): Promise<ListenAnswer> {
  const response = await fetch(`${url}/api/v1/spaces/${world.space.id}/listen`);
  expect(response.status).toBe(200);
  expect(response.headers.get("cache-control")).toBe("public, max-age=1");
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  const answer: unknown = await response.json();
  if (!isListenAnswer(answer)) throw new TypeError("not an answer of the protocol");
  return answer;
}

describe("where to listen", () => {
  it("names every edge with its spare places, and HLS, from any edge, with control away", async () => {
    const urls = await openWorld(room(10), room(30), room(20, 50));
    await join(urls[1]!);
    await world.pass(1_100);
    for (const url of urls) {
      const { id, state, tiers, clip } = await listen(url);
      expect({ id, state, clip }).toEqual({ id: world.space.id, state: "live", clip: null });
      const spares = Object.fromEntries(tiers.map((tier) => [tier.url, tier.spare]));
      expect(spares).toEqual({
        [`${urls[0]}${world.path}`]: 10,
        [`${urls[1]}${world.path}`]: 29,
        [`${urls[2]}${world.path}`]: 20,
        [`${urls[2]}${world.path}/index.m3u8`]: 50,
      });
      expect(tiers.at(-1)).toMatchObject({ tier: "hls", protocol: "hls" });
    }
  });

  it("leaves an edge out as soon as it dies", async () => {
    const urls = await openWorld(room(10), room(30));
    expect((await listen(urls[0]!)).tiers).toHaveLength(2);
    const dead = world.edges.pop()!;
    const closing = dead.close();
    await world.pass(3_000);
    await closing;
    expect((await listen(urls[0]!)).tiers.map(({ url }) => url)).toEqual([urls[0] + world.path]);
  });

  it("takes edges that share one address for one place", async () => {
    await openWorld({ ...room(10), publicUrl: null }, { ...room(20), publicUrl: null });
    const { tiers } = await listen(`http://127.0.0.1:${world.port}`);
    expect(tiers).toEqual([{ tier: "live", url: world.path, protocol: "websocket", spare: 30 }]);
  });

  it("says that a space isn't there, or has nothing to hear", async () => {
    const [url] = await openWorld(room(10));
    const nowhere = await fetch(`${url}/api/v1/spaces/0000000000000000/listen`);
    expect(nowhere.status).toBe(404);
    world.putSpace({ state: "ended", endedAtMs: world.clock.nowMs() });
    await world.pass(1_100);
    expect(await listen(url!)).toMatchObject({ state: "ended", tiers: [], clip: null });
  });
});

describe("a second link, beside one that is late", () => {
  /** Somebody listens here already. @returns the newest frame at hand */
  async function newestAt(url: string): Promise<number> {
    const seated = await join(url);
    await seated.until(() => seated.frames.length > 0, "sound");
    return seated.numbers.at(-1)!;
  }

  it("comes in where there is room and sound to spare, and gets what the first didn't bring", async () => {
    const [url] = await openWorld(room(5));
    const from = (await newestAt(url!)) - 30;
    const client = await join(url!, `?from=${from}&second=1`);
    expect(client.status).toBe(101);
    await client.until(() => client.frames.length > 0, "sound");
    expect(client.numbers[0]).toBe(from);
  });

  it("is refused in a word where there is no room, or nothing newer: nobody sends it on", async () => {
    const [full, free] = await openWorld(room(1), room(5));
    const [, newest] = [await newestAt(full!), await newestAt(free!)];
    const refused = [
      await join(full!, `?from=${newest - 30}&second=1`),
      await join(free!, `?from=${newest + 1}&second=1`),
    ];
    for (const client of refused) {
      expect(client.status).toBe(503);
      const { header, body } = await refusalOf(client);
      expect(header("retry-after")).toBe("1");
      expect(body).toMatchObject({ type: "urn:rostra:problem:unavailable" });
    }
    // As a newcomer it's welcome.
    expect((await join(free!, `?from=${newest + 1}`)).status).toBe(101);
  });
});

describe("an edge at its mark", () => {
  it("sends a newcomer on before the handshake, to the edge that has room", async () => {
    const [full, free] = await openWorld(room(1), room(5));
    expect((await join(full!)).status).toBe(101);
    const second = await join(full!, "?from=3000");
    expect(second.status).toBe(307);
    const { header, body } = await refusalOf(second);
    expect(header("location")).toBe(`${free}${world.path}?from=3000&hop=1`);
    expect(body).toMatchObject({ type: "urn:rostra:problem:elsewhere" });
    expect((body["tiers"] as { url: string }[]).map(({ url }) => url)).toContain(free + world.path);
    const followed = await join(free!, "?from=3000&hop=1");
    expect(followed.status).toBe(101);
  });

  it("sends a stream's player on to the same ending, and fetch follows", async () => {
    const [full, free] = await openWorld(room(1), room(5));
    await join(full!);
    const controller = new AbortController();
    const response = await fetch(`${full}${world.path}.ogg`, { signal: controller.signal });
    expect(response.url).toBe(`${free}${world.path}.ogg?hop=1`);
    expect(response.headers.get("content-type")).toBe("audio/ogg");
    controller.abort();
  });

  it("sends players to HLS when no edge has room", async () => {
    const [full] = await openWorld(room(0), room(0, 10));
    const response = await fetch(`${full}${world.path}.ogg`, { redirect: "manual" });
    expect(response.status).toBe(307);
    expect(response.headers.get("location")).toMatch(/^http.*\/index\.m3u8$/);
    const client = await join(full!);
    const { body } = await refusalOf(client);
    expect(body["tiers"]).toMatchObject([{ tier: "hls", protocol: "hls" }]);
  });

  it("sends HLS listeners to a CDN where there is one, without counting them", async () => {
    const [full] = await openWorld({ ...room(0), hlsUrl: "https://cdn.example.org" });
    const client = await join(full!);
    const { header, body } = await refusalOf(client);
    const url = `https://cdn.example.org${world.path}/index.m3u8`;
    expect(header("location")).toBe(url);
    expect(body["tiers"]).toEqual([{ tier: "hls", url, protocol: "hls", spare: null }]);
  });

  it("refuses only when all is full, and says when to come back and what to play meanwhile", async () => {
    const [first] = await openWorld(room(0), room(0));
    const client = await join(first!);
    expect(client.status).toBe(503);
    const { header, body } = await refusalOf(client);
    expect(Number(header("retry-after"))).toBeGreaterThan(0);
    expect(body).toMatchObject({ type: "urn:rostra:problem:crowded", clip: "/holding/full.ogg" });
    const answer = await listen(first!);
    expect(answer).toMatchObject({ tiers: [], clip: "/holding/full.ogg" });
    expect(answer.retryAfterMs).toBeGreaterThan(0);
    const clip = await fetch(first + answer.clip!);
    expect(clip.headers.get("content-type")).toBe("audio/ogg");
    expect(Buffer.from(await clip.arrayBuffer()).toString("latin1", 0, 4)).toBe("OggS");
  });

  it("serves HLS up to its mark and a little above, and then sends players on or refuses", async () => {
    const [full, free] = await openWorld(room(0, 1), room(0, 1));
    const playlist = async (url: string, query = "") => {
      const request = getRequest(`${world.path}/index.m3u8${query}`);
      const client = new RawClient(Number(new URL(url).port), request);
      clients.push(client);
      await client.until(() => client.body.length > 0, "an answer");
      return client;
    };
    // Two are 1.2 and up.
    expect((await playlist(full!)).status).toBe(200);
    expect((await playlist(full!)).status).toBe(200);
    const sentOn = await playlist(full!);
    expect(sentOn.status).toBe(307);
    const { header } = await refusalOf(sentOn);
    expect(header("location")).toBe(`${free}${world.path}/index.m3u8?hop=1`);
    const list = (await playlist(free!)).body.toString();
    const msn = /#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(list)?.[1];
    const reconnected = await playlist(full!, `?_HLS_msn=${msn}`);
    expect(reconnected.status).toBe(200);
    expect((await playlist(full!, "?hop=3")).status).toBe(503);
    for (const client of clients.slice(0, 2)) client.close();
    reconnected.close();
    await world.pass(200);
    expect((await playlist(full!, "?hop=3")).status).toBe(200);
  });

  it("sends nobody on for ever", async () => {
    const [full] = await openWorld(room(0), room(5));
    expect((await join(full!, "?hop=2")).status).toBe(307);
    expect((await join(full!, "?hop=3")).status).toBe(503);
    expect((await join(full!, "?hop=-1")).status).toBe(503);
  });

  it("doesn't send a storm of one second to the same few places", async () => {
    const [full] = await openWorld(room(0), room(2), room(2));
    const statuses: number[] = [];
    for (let at = 0; at < 6; at += 1) statuses.push((await join(full!)).status);
    expect(statuses).toEqual([307, 307, 307, 307, 503, 503]);
  });

  it("keeps the places of those who blinked for them, and gives them away after that", async () => {
    const [url] = await openWorld(room(2));
    for (const client of [await join(url!), await join(url!)]) client.close();
    await world.pass(100);
    expect((await join(url!)).status).toBe(503);
    expect((await join(url!, `?from=${world.currentFrame}`)).status).toBe(101);
    expect((await join(url!)).status).toBe(503);
    await world.pass(8_500);
    expect((await join(url!)).status).toBe(101);
  });

  it("gives the place of who says goodbye to the next", async () => {
    const [url] = await openWorld(room(1));
    const leaver = await join(url!);
    expect((await join(url!)).status).toBe(503);
    // 1001, as browsers say it when a page is closed.
    const goodbye = encodeClientFrame(OPCODE.close, Uint8Array.of(3, 233), new Uint8Array(4));
    leaver.socket.write(goodbye);
    await leaver.untilClosed();
    await world.pass(100);
    expect((await join(url!)).status).toBe(101);
  });

  it("is full below it, too, when it can hardly keep up with its longest chunks", async () => {
    let pressure: OwnPressure = { utilisation: 0.97, memory: 0.2, lateMs: 150 };
    const [busy, free] = await openWorld(
      { ...room(10), pace: { cadenceMs: 1_000 }, pressure: () => pressure },
      room(10),
    );
    expect((await join(busy!)).status).toBe(307);
    expect((await listen(free!)).tiers.map(({ url }) => url)).toEqual([free + world.path]);
    pressure = { ...pressure, utilisation: 0.5 };
    await world.pass(1_100);
    expect((await join(busy!)).status).toBe(101);
  });

  it("is not full for being busy where nobody has to wait for it", async () => {
    const pressure = { utilisation: 1, memory: 0.2, lateMs: 20 };
    const pace = { cadenceMs: 1_000 };
    const [busy] = await openWorld({ ...room(10), pace, pressure: () => pressure });
    expect((await join(busy!)).status).toBe(101);
  });

  it("still lets those in who follow room events alone: speakers are among them", async () => {
    const [full] = await openWorld(room(0));
    const client = await join(full!, "?sound=none");
    await client.untilEvent("welcome");
  });
});

describe("a storm of newcomers", () => {
  it("is let in at a pace, and nobody is lost", async () => {
    const marks = { listeners: 100, joinsPerSecond: 20, hlsListeners: 0 };
    const [url] = await openWorld({ marks });
    const port = Number(new URL(url!).port);
    const storm = Array.from({ length: 12 }, () => new LiveClient(port, world.path));
    clients.push(...storm);
    // A fifth of a second brings four more, after the two of the burst.
    await world.passUntil(() => storm.every(({ status }) => status === 101));
    expect(storm.map(({ status }) => status)).toEqual(storm.map(() => 101));
    const late = new RawClient(port, getRequest(world.path, UPGRADE));
    clients.push(late);
    await world.passUntil(() => late.status === 101);
    expect(late.status).toBe(101);
  });
});
