import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeChunks, LIMITS } from "@rostra/wire";
import { afterEach, describe, expect, it } from "vitest";
import { EdgeWorld, isFromStage } from "../support/edge-world.ts";
import { everyNumber, UPGRADE } from "../support/live-client.ts";
import { getRequest, RawClient } from "../support/raw-client.ts";
import { TestService } from "../support/service.ts";

let world: EdgeWorld;
const ending: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ending.splice(0)) await end();
  await world.close();
});

const base = () => `http://127.0.0.1:${world.port}`;

async function problemOf(answer: Response): Promise<string> {
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  const { type, status, detail } = (await answer.json()) as Record<string, string>;
  expect(status).toBe(answer.status);
  expect(detail).not.toContain("\n");
  return type!.slice("urn:rostra:problem:".length);
}

describe("health", () => {
  it("says that the process lives, and whether all that a space needs is there", async () => {
    world = await EdgeWorld.onAir();
    expect(await (await fetch(`${base()}/healthz`)).json()).toEqual({ status: "ok" });
    const waiting = await fetch(`${base()}/readyz`);
    expect(waiting.status).toBe(503);
    expect(waiting.headers.get("retry-after")).toBe("1");
    expect(((await waiting.json()) as { detail: string }).detail).toBe("waiting for: control");
    world.announce("control", "http://127.0.0.1:9");
    expect((await fetch(`${base()}/readyz`)).status).toBe(200);
  });

  it("is told to other machines where the edge is told to listen for them", async () => {
    world = new EdgeWorld();
    await world.openEdge({ internalHost: "127.0.0.2" });
    let url = "";
    world.backstage.watch("service/edge-1", (_, value) => {
      url = (value as { url: string } | undefined)?.url ?? "";
    });
    expect(url).toMatch(/^http:\/\/127\.0\.0\.2:\d+$/);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it("shows the metrics of all processes on one page, without those that don't answer", async () => {
    world = await EdgeWorld.onAir();
    await world.openEdge();
    const page = await (await fetch(`${base()}/metrics`)).text();
    expect(page).toContain('rostra_edge_cadence_ms{process="edge-1"} 100');
    expect(page).toContain('rostra_edge_cadence_ms{process="edge-2"} 100');
    expect(page.match(/# TYPE rostra_edge_cadence_ms/g)).toHaveLength(1);
  });
});

describe("refusals under /live", () => {
  it.each([
    ["an unknown space", "/live/0000000000000000.ogg", 404, "not-found"],
    ["a path that leads nowhere", "/live/x/y/z", 404, "not-found"],
    ["an unknown file", ":id/nothing.txt", 404, "not-found"],
    ["a plain GET of the WebSocket", ":id", 426, "upgrade-required"],
    ["frames without numbers", ":id/frames", 400, "bad-request"],
    ["frames the wrong way round", ":id/frames?from=5&to=4", 400, "bad-request"],
    ["too many frames", `:id/frames?from=0&to=${LIMITS.framesPerRequest}`, 400, "bad-request"],
    ["frames that aren't held", ":id/frames?from=0&to=10", 404, "not-found"],
    ["a reload of nonsense", ":id/index.m3u8?_HLS_msn=-1", 400, "bad-request"],
    ["a part without its segment", ":id/index.m3u8?_HLS_part=1", 400, "bad-request"],
    ["a reload far ahead", ":id/index.m3u8?_HLS_msn=99999", 400, "bad-request"],
    ["a segment long gone", ":id/s1.m4s", 404, "not-found"],
    ["a segment far ahead", ":id/s99999.m4s", 404, "not-found"],
  ])("name %s", async (_, path, status, code) => {
    world = await EdgeWorld.onAir();
    const answer = await fetch(base() + path.replace(":id", world.path));
    expect(answer.status).toBe(status);
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(await problemOf(answer)).toBe(code);
  });

  it("name the state of a space that isn't on air", async () => {
    world = await EdgeWorld.onAir();
    const startsAtMs = Date.parse("2030-01-01T00:00:00Z");
    const { space } = world;
    const other = new EdgeWorld();
    const scheduled = { ...other.space, state: "scheduled" as const, startsAtMs };
    world.backstage.put(`space/${scheduled.id}`, scheduled);
    const early = await fetch(`${base()}/live/${scheduled.id}.ogg`);
    expect(early.status).toBe(409);
    expect(((await early.json()) as { detail: string }).detail).toBe(
      "the space starts at 2030-01-01T00:00:00.000Z",
    );
    world.putSpace({ state: "ended", endedAtMs: world.clock.nowMs() });
    const late = await fetch(`${base()}/live/${space.id}.ogg`);
    expect(late.status).toBe(410);
    expect(await problemOf(late)).toBe("ended");
  });

  it("name the methods there are", async () => {
    world = await EdgeWorld.onAir();
    const answer = await fetch(world.url(".ogg"), { method: "POST", body: "x" });
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe("GET, HEAD, OPTIONS");
    const preflight = await fetch(world.url("/index.m3u8"), { method: "OPTIONS" });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-methods")).toContain("GET");
    expect((await fetch(`${base()}/healthz`, { method: "DELETE" })).status).toBe(405);
  });
});

describe("frames by number", () => {
  it("come as chunks, may be kept for good when complete, and not when not", async () => {
    world = await EdgeWorld.onAir();
    await world.pass(8_000);
    const to = world.currentFrame - 20;
    const whole = await fetch(world.url(`/frames?from=${to - 399}&to=${to}`));
    expect(whole.headers.get("content-type")).toBe("application/vnd.rostra.frames");
    expect(whole.headers.get("cache-control")).toContain("immutable");
    const frames = decodeChunks(new Uint8Array(await whole.arrayBuffer()));
    expect(frames.map((frame) => frame.number)).toEqual(everyNumber(to - 399, to));
    expect(frames.every(isFromStage)).toBe(true);
    const part = await fetch(world.url(`/frames?from=${to}&to=${to + 1_000}`));
    expect(part.headers.get("cache-control")).toBe("no-store");
    expect(decodeChunks(new Uint8Array(await part.arrayBuffer())).length).toBeLessThan(50);
  });
});

describe("endless streams", () => {
  it("have the headers that players look for, with names for those who ask", async () => {
    world = await EdgeWorld.onAir();
    const plain = await fetch(world.url(".ogg"), { method: "HEAD" });
    expect(plain.status).toBe(200);
    expect(plain.headers.get("content-type")).toBe("audio/ogg");
    expect(plain.headers.get("cache-control")).toBe("no-store");
    expect(plain.headers.get("icy-name")).toBeNull();
    const icy = await fetch(world.url(".aac"), {
      method: "HEAD",
      headers: { "icy-metadata": "1" },
    });
    expect(icy.headers.get("content-type")).toBe("audio/aac");
    expect(icy.headers.get("icy-name")).toBe("Evening talk");
  });

  it.each(["1.0", "1.1"])("are given over HTTP/%s until the connection ends", async (version) => {
    world = await EdgeWorld.onAir();
    const request = getRequest(`${world.path}.ogg`).replace("HTTP/1.1", `HTTP/${version}`);
    const client = new RawClient(world.port, request);
    ending.push(() => client.close());
    await client.until(() => client.body.length > 1_000);
    const before = client.received.length;
    await world.pass(1_000);
    await client.until(() => client.received.length > before + 2_000);
    expect(client.received.toString("latin1")).not.toMatch(/transfer-encoding|content-length:/i);
    world.putSpace({ state: "ended", endedAtMs: world.clock.nowMs() });
    await world.pass(1_000);
    await client.untilClosed();
  });

  it("are given on a connection that has served something else before", async () => {
    world = await EdgeWorld.onAir();
    const client = new RawClient(world.port, getRequest("/healthz"));
    ending.push(() => client.close());
    await client.until(() => client.body.length > 0);
    client.socket.write(getRequest(`${world.path}.ogg`));
    await client.until(() => client.received.includes("OpusHead"));
    const before = client.received.length;
    await world.pass(500);
    await client.until(() => client.received.length > before);
  });
});

async function service(role: "control" | "stage"): Promise<TestService> {
  const started = await TestService.start();
  ending.push(() => started.close());
  world.announce(role, started.url);
  return started;
}

describe("what other processes answer", () => {
  it("goes to control, body and all, and says for whom", async () => {
    world = await EdgeWorld.onAir();
    const { seen } = await service("control");
    const answer = await fetch(`${base()}/api/v1/guests?x=1`, {
      method: "POST",
      body: JSON.stringify({ displayName: "Ada" }),
      headers: { "content-type": "application/json", authorization: "Bearer t" },
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.get("location")).toBe("/x");
    expect(answer.headers.get("x-hop")).toBeNull();
    expect(await answer.json()).toEqual({ ok: true });
    const { req, body } = seen[0]!;
    expect(`${req.method} ${req.url}`).toBe("POST /api/v1/guests?x=1");
    expect(body).toBe('{"displayName":"Ada"}');
    expect(req.headers).toMatchObject({
      authorization: "Bearer t",
      host: `127.0.0.1:${world.port}`,
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-proto": "http",
      "x-forwarded-host": `127.0.0.1:${world.port}`,
    });
  });

  it("goes to the stage of the space where it is WHIP", async () => {
    world = await EdgeWorld.onAir();
    await service("control");
    const { seen } = await service("stage");
    const path = `/api/v1/spaces/${world.space.id}/whip`;
    await fetch(base() + path, { method: "POST", body: "v=0" });
    await fetch(`${base()}${path}/session-1`, { method: "DELETE" });
    expect(seen.map(({ req }) => `${req.method} ${req.url}`)).toEqual([
      `POST ${path}`,
      `DELETE ${path}/session-1`,
    ]);
    const unknown = await fetch(`${base()}/api/v1/spaces/0000000000000000/whip`, {
      method: "POST",
    });
    expect(unknown.status).toBe(404);
  });

  it("believes a proxy on this machine about where the caller is", async () => {
    world = await EdgeWorld.onAir();
    const { seen } = await service("control");
    const headers = {
      "x-forwarded-for": "203.0.113.9",
      "x-forwarded-proto": "https",
      "x-forwarded-host": "talk.example",
    };
    await fetch(`${base()}/api/v1/spaces`, { headers });
    expect(seen[0]!.req.headers).toMatchObject({
      "x-forwarded-for": "203.0.113.9, 127.0.0.1",
      "x-forwarded-proto": "https",
      "x-forwarded-host": "talk.example",
    });
  });

  it("is 503, with when to try again, where nobody is there", async () => {
    world = await EdgeWorld.onAir();
    const absent = await fetch(`${base()}/api/v1/spaces`);
    expect(absent.status).toBe(503);
    expect(absent.headers.get("retry-after")).toBe("1");
    expect(await problemOf(absent)).toBe("unavailable");
    world.announce("control", "http://127.0.0.1:9");
    const dead = await fetch(`${base()}/api/v1/spaces`);
    expect(dead.status).toBe(503);
    expect(await problemOf(dead)).toBe("unavailable");
  });

  it("is 413 for a body over the limit, announced or not", async () => {
    world = await EdgeWorld.onAir();
    const { seen } = await service("control");
    const path = "/api/v1/guests";
    const announced = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\n\r\n`;
    const piece = `1000\r\n${"x".repeat(0x1000)}\r\n`;
    const chunked = `POST ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${piece.repeat(6)}`;
    for (const request of [announced, chunked]) {
      const client = new RawClient(world.port, request);
      ending.push(() => client.close());
      await client.until(() => client.body.length > 0);
      expect(client.status).toBe(413);
    }
    expect(seen).toEqual([]);
  });

  it("is not upgraded, and goes on where the caller asked for an upgrade to something else", async () => {
    world = await EdgeWorld.onAir();
    const { seen } = await service("control");
    const headers = {
      Upgrade: "h2c",
      Connection: "Upgrade, HTTP2-Settings",
      "HTTP2-Settings": "x",
    };
    const client = new RawClient(world.port, getRequest("/api/v1/spaces", headers));
    ending.push(() => client.close());
    await client.until(() => client.body.length > 0);
    expect(client.status).toBe(201);
    expect(seen[0]!.req.headers).not.toHaveProperty("http2-settings");
    const socket = new RawClient(world.port, getRequest("/api/v1/spaces", UPGRADE));
    await socket.untilClosed();
    expect(socket.status).toBe(404);
  });
});

describe("the web site", () => {
  it("is one page for all spaces, with files beside it", async () => {
    const directory = await mkdtemp(join(tmpdir(), "rostra-site-"));
    ending.push(() => rm(directory, { recursive: true }));
    await mkdir(join(directory, "assets"));
    await writeFile(join(directory, "index.html"), "<!doctype html><title>Rostra</title>");
    await writeFile(join(directory, "assets", "main-abc123.js"), "export {};");
    world = await EdgeWorld.onAir({ siteDirectory: directory });
    const { id } = world.space;
    for (const path of ["/", `/s/${id}`, `/s/${id.toUpperCase()}`, "/?a=1"]) {
      const page = await fetch(base() + path);
      expect(page.status).toBe(200);
      expect(await page.text()).toContain("Rostra");
      expect(page.headers.get("cache-control")).toBe("no-cache");
      expect(page.headers.get("content-security-policy")).not.toContain("unsafe-inline");
      expect(page.headers.get("x-content-type-options")).toBe("nosniff");
      expect(page.headers.get("permissions-policy")).toContain("microphone=(self)");
    }
    const script = await fetch(`${base()}/assets/main-abc123.js`);
    expect(script.headers.get("cache-control")).toContain("immutable");
    expect(script.headers.get("content-type")).toContain("javascript");
    for (const path of ["/nothing", "/assets/none.js", "/s/short", "/..%2f..%2fetc/passwd", "/%"]) {
      expect((await fetch(base() + path)).status, path).toBe(404);
    }
    // In a browser the page says what is wrong; a file of the site that is gone is no page.
    const headers = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
    for (const path of ["/nothing", "/s/short", "/%"]) {
      const answer = await fetch(base() + path, { headers });
      expect([answer.status, await answer.text()], path).toEqual([
        404,
        expect.stringMatching(/Ros/),
      ]);
      expect(answer.headers.get("content-security-policy")).not.toBeNull();
    }
    const gone = await fetch(`${base()}/assets/none.js`, { headers });
    expect(gone.headers.get("content-type")).toContain("problem+json");
    for (const range of ["bytes=5-2", "bytes=x", "bytes=999-", "chars=1-2"]) {
      const answer = await fetch(`${base()}/`, { headers: { range } });
      expect([200, 206, 416], range).toContain(answer.status);
      await answer.body?.cancel();
    }
  });

  it("is a plain 404 where none was built", async () => {
    world = await EdgeWorld.onAir();
    expect((await fetch(`${base()}/`)).status).toBe(404);
  });
});
