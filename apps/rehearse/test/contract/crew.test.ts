import type { Socket } from "node:net";
import { freeTcpPort } from "@rostra/testkit";
import { encodeCloseFrame, encodeTextFrame } from "@rostra/wire";
import { afterEach, describe, expect, it, vi } from "vitest";
import { parseOptions } from "../../src/crowd/plan/options.ts";
import { planCrowd } from "../../src/crowd/plan/plan.ts";
import { Crew } from "../../src/crowd/process/crew.ts";
import { StubbornServer, sendChunk, serveChunk } from "../support/stubborn-server.ts";

const WITHIN = { timeout: 20_000, interval: 20 };
const ID = "0123456789abcdef";

describe("a crew against servers that are not as they should be", () => {
  const servers: StubbornServer[] = [];
  const crews: Crew[] = [];

  afterEach(() => {
    for (const crew of crews.splice(0)) {
      crew.lastOrders();
      crew.finish();
    }
    for (const server of servers.splice(0)) server.close();
  });

  async function serve(...behave: Parameters<typeof StubbornServer.open>): Promise<StubbornServer> {
    const server = await StubbornServer.open(...behave);
    servers.push(server);
    return server;
  }

  function send({ port }: { port: number }, ...options: string[]): Crew {
    const link = `http://127.0.0.1:${port}/s/${ID}`;
    const parsed = parseOptions([link, "--ramp", "storm", "--listeners", "1", ...options]);
    if (parsed === "help") throw new TypeError("no help was asked for");
    const [plan] = planCrowd(parsed, { cores: 1, descriptors: 20_000 });
    const nowMs = Date.now();
    // Links in waiting come at random times: no test here is about them.
    const steady = { ...plan!, standsBy: false };
    const order = { target: parsed.target, via: parsed.via, insecure: false, plan: steady };
    const crew = new Crew({ ...order, epochMs: nowMs, offsetMs: 0 });
    crews.push(crew);
    crew.start(nowMs);
    return crew;
  }

  it("tries again where a connection brings nothing, as one that was lost in the accept queue", async () => {
    const server = await serve((socket, nth) => {
      if (nth > 0) serveChunk(socket, 100);
    });
    const crew = send(server);
    await vi.waitFor(() => expect(crew.groups().ws.heard).toBe(1), WITHIN);
    const { started, again, closed, firstSoundMs } = crew.groups().ws;
    expect({ started, again, closed }).toEqual({
      started: 1,
      again: { "no first bytes in 2 s": 1 },
      closed: {},
    });
    // What it took counts from the first attempt.
    expect(firstSoundMs.max).toBeGreaterThanOrEqual(2_000);
  });

  it("goes to the next address at once where nobody is at the first", async () => {
    const there = await serve((socket) => serveChunk(socket, 100));
    const crew = send(
      { port: await freeTcpPort() },
      "--via",
      `http://127.0.0.1:${there.port}/s/${ID}`,
    );
    await vi.waitFor(() => expect(crew.groups().ws.heard).toBe(1), WITHIN);
    expect(crew.groups().ws.again).toEqual({ ECONNREFUSED: 1 });
  });

  it("comes back from the next frame on where its connection breaks, and counts the silence", async () => {
    const server = await serve((socket, nth) => {
      serveChunk(socket, nth === 0 ? 100 : 105);
      if (nth === 0) socket.end();
    });
    const crew = send(server);
    await vi.waitFor(() => expect(crew.groups().ws.chunks).toBe(2), WITHIN);
    expect(server.asked).toEqual([`/live/${ID}`, `/live/${ID}?from=105&cadence=100`]);
    expect(crew.groups().ws).toMatchObject({
      heard: 1,
      closed: { "ended without a word": 1 },
      skippedFrames: 0,
      repeatedFrames: 0,
    });
    crew.finish();
    expect(crew.groups().ws.silenceMs.max).toBeGreaterThan(0);
  });

  it("counts frames that were skipped and frames that came twice", async () => {
    const server = await serve((socket) => {
      serveChunk(socket, 100);
      sendChunk(socket, 110);
      sendChunk(socket, 112);
    });
    const crew = send(server);
    await vi.waitFor(() => expect(crew.groups().ws.chunks).toBe(3), WITHIN);
    expect(crew.groups().ws).toMatchObject({ skippedFrames: 5, repeatedFrames: 3 });
  });

  it("has its new connection before it lets the old one go where it is told to move", async () => {
    const other = await serve((socket) => serveChunk(socket, 105));
    const server = await serve((socket) => {
      serveChunk(socket, 100);
      const url = `http://127.0.0.1:${other.port}/live/${ID}`;
      const tiers = [{ tier: "live", protocol: "websocket", url, spare: 9 }];
      const move = { type: "move", withinMs: 9_000, tiers };
      socket.write(encodeTextFrame(JSON.stringify(move)));
      // One that overlaps with what the other one brings.
      sendChunk(socket, 105);
    });
    const crew = send(server);
    await vi.waitFor(() => expect(crew.groups().ws.changedOver).toBe(1), WITHIN);
    expect(server.asked).toEqual([`/live/${ID}`]);
    expect(other.asked).toEqual([`/live/${ID}?from=105&cadence=100`]);
    expect(crew.groups().ws).toMatchObject({
      closed: {},
      again: {},
      skippedFrames: 0,
      repeatedFrames: 0,
    });
    await vi.waitFor(() => expect(server.open).toBe(0), WITHIN);
  });

  /** Chunks of 100 ms, one after the other, up to a frame. */
  function speak(socket: Socket, from: number, until = Number.POSITIVE_INFINITY): void {
    let first = from;
    const timer = setInterval(() => {
      sendChunk(socket, first);
      first += 5;
      if (first >= until) clearInterval(timer);
    }, 100);
    socket.on("close", () => clearInterval(timer));
  }

  /** Answers where there is room: at the other one. @returns false where something else was asked for */
  function sayWhere(socket: Socket, path: string, other: StubbornServer): boolean {
    if (!path.endsWith("/listen")) return false;
    const url = `http://127.0.0.1:${other.port}/live/${ID}`;
    const tiers = [{ tier: "live", url, protocol: "websocket", spare: 3 }];
    const body = JSON.stringify({ id: ID, state: "live", tiers, retryAfterMs: null, clip: null });
    const head = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}`;
    socket.end(`${head}\r\nConnection: close\r\n\r\n${body}`);
    return true;
  }

  it("tries another edge beside one that falls silent, and lets that one go once that has shown what it is", async () => {
    const other = await serve((socket, _, path) => {
      const from = Number(/from=(\d+)/.exec(path)?.[1]);
      serveChunk(socket, from);
      speak(socket, from + 5);
    });
    const server = await serve((socket, _, path) => {
      if (sayWhere(socket, path, other)) return;
      // Frame 0 is now; three seconds of sound, and then it only stands there.
      serveChunk(socket, 0);
      speak(socket, 5, 150);
    });
    const crew = send(server);
    await vi.waitFor(() => expect(crew.groups().ws.secondWon).toBe(1), WITHIN);
    expect(other.asked).toEqual([`/live/${ID}?from=150&cadence=100&second=1`]);
    await vi.waitFor(() => expect(crew.groups().ws.chunks).toBeGreaterThan(33), WITHIN);
    expect(crew.groups().ws).toMatchObject({
      closed: {},
      again: {},
      secondTried: 1,
      changedOver: 0,
      skippedFrames: 0,
      repeatedFrames: 0,
    });
    // What has been left is closed when there is nothing else to do.
    await vi.waitFor(() => expect(server.open).toBe(0), WITHIN);
  });

  it("goes on by the first edge where the other one, which had sound first, turns out worse", async () => {
    const other = await serve((socket, _, path) => {
      // What was missed, and nothing after it.
      serveChunk(socket, Number(/from=(\d+)/.exec(path)?.[1]));
    });
    let goOn = () => {};
    const server = await serve((socket, _, path) => {
      if (sayWhere(socket, path, other)) return;
      serveChunk(socket, 0);
      speak(socket, 5, 150);
      goOn = () => speak(socket, 150);
    });
    const crew = send(server);
    await vi.waitFor(() => expect(crew.groups().ws.secondWon).toBe(1), WITHIN);
    goOn();
    await vi.waitFor(() => expect(other.open).toBe(0), WITHIN);
    const { chunks } = crew.groups().ws;
    await vi.waitFor(() => expect(crew.groups().ws.chunks).toBeGreaterThan(chunks + 5), WITHIN);
    expect(server.open).toBe(1);
    expect(crew.groups().ws).toMatchObject({
      closed: {},
      again: {},
      secondTried: 1,
      skippedFrames: 0,
      repeatedFrames: 0,
    });
  });

  it("goes where it is sent, and takes a refusal for a reason to come back", async () => {
    const other = await serve((socket) => serveChunk(socket, 1));
    const server = await serve((socket, nth) => {
      const location = `http://127.0.0.1:${other.port}/live/${ID}`;
      if (nth === 0) socket.end("HTTP/1.1 503 Full\r\nRetry-After: 0\r\n\r\n");
      else socket.end(`HTTP/1.1 307 Elsewhere\r\nLocation: ${location}\r\n\r\n`);
    });
    const crew = send(server);
    await vi.waitFor(() => expect(crew.groups().ws.heard).toBe(1), WITHIN);
    expect(crew.groups().ws).toMatchObject({
      started: 1,
      again: { "503 refused": 1, "307 sent on": 1 },
      closed: {},
    });
    expect(other.asked).toEqual([`/live/${ID}?hop=1`]);
    expect(crew.groups().ws).toMatchObject({ told: 1, moved: 1, fellBack: 0 });
  });

  it("takes a tier that the refusal names, HLS where nothing else has room", async () => {
    const other = await serve(() => {});
    const server = await serve((socket) => {
      const url = `http://127.0.0.1:${other.port}/live/${ID}/index.m3u8`;
      const tiers = [{ tier: "hls", url, protocol: "hls", spare: null }];
      const body = JSON.stringify({ tiers });
      const head = `HTTP/1.1 307 Elsewhere\r\nLocation: ${url}\r\nContent-Length: ${body.length}`;
      socket.end(`${head}\r\n\r\n${body}`);
    });
    const crew = send(server);
    await vi.waitFor(() => expect(other.asked).toEqual([`/live/${ID}/index.m3u8?hop=1`]), WITHIN);
    expect(crew.groups().ws).toMatchObject({ told: 1, heard: 0 });
  });

  it("asks where there is room when nobody answers where it came to", async () => {
    const other = await serve((socket) => serveChunk(socket, 1));
    const server = await serve((socket, _, path) => {
      if (!path.endsWith("/listen")) return;
      const url = `http://127.0.0.1:${other.port}/live/${ID}`;
      const tiers = [{ tier: "live", url, protocol: "websocket", spare: 3 }];
      const body = JSON.stringify({ id: ID, state: "live", tiers, retryAfterMs: null, clip: null });
      const head = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}`;
      socket.end(`${head}\r\nConnection: close\r\n\r\n${body}`);
    });
    const crew = send(server);
    await vi.waitFor(() => expect(crew.groups().ws).toMatchObject({ heard: 1, moved: 1 }), WITHIN);
  });

  it("leaves and comes back when all do, and goes on from the next frame", async () => {
    const server = await serve((socket, nth) => serveChunk(socket, nth < 3 ? 100 : 105));
    const crew = send(server, "--listeners", "3");
    await vi.waitFor(() => expect(crew.groups().ws.heard).toBe(3), WITHIN);
    crew.regroup("all");
    await vi.waitFor(() => expect(crew.groups().ws.chunks).toBe(6), WITHIN);
    expect(server.asked.slice(3)).toEqual(Array(3).fill(`/live/${ID}?from=105&cadence=100`));
    expect(crew.groups().ws).toMatchObject({ closed: {}, skippedFrames: 0, repeatedFrames: 0 });
  });

  it("gives up on what breaks the protocol, in a word", async () => {
    const server = await serve((socket) => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\n\x00\x00\x00");
    });
    const crew = send(server);
    await vi.waitFor(() => expect(Object.keys(crew.groups().ws.closed)).toHaveLength(1), WITHIN);
    expect(Object.keys(crew.groups().ws.closed)[0]).toMatch(/^protocol: /);
  });

  it("is gone for good when all have been told that the space has ended", async () => {
    const server = await serve((socket) => {
      serveChunk(socket, 100);
      socket.write(encodeTextFrame('{"type":"bye","reason":"ended","retryAfterMs":null}'));
      socket.write(encodeCloseFrame(4_000, "ended"));
    });
    const crew = send(server, "--listeners", "20");
    await vi.waitFor(() => expect(crew.allGone).toBe(true), WITHIN);
    expect(crew.groups().ws).toMatchObject({ heard: 20, closed: { "close 4000, bye ended": 20 } });
    expect(server.asked).toHaveLength(20);
  });

  it("says which system error it was where nobody listens", async () => {
    const server = await serve(() => {});
    const { port } = server;
    server.close();
    const crew = send({ port });
    await vi.waitFor(
      () => expect(crew.groups().ws.again["ECONNREFUSED"]).toBeGreaterThan(1),
      WITHIN,
    );
    expect(crew.groups().ws).toMatchObject({ started: 1, heard: 0 });
  });
});
