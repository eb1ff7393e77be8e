import { createEdge, type Edge } from "@rostra/edge";
import { memoryRelay } from "@rostra/relay";
import { testMember, testSpace } from "@rostra/testkit";
import { frameNumberAt, newUserId, type SpaceId, STATE_KEYS, systemClock } from "@rostra/wire";
import pino from "pino";
import { Registry } from "prom-client";
import { afterEach, expect, it, vi } from "vitest";
import { findRoomWith } from "../../src/listener/connection/find-room.ts";
import { LiveConnection } from "../../src/listener/connection/live-connection.ts";
import { askRefusalWith } from "../../src/listener/connection/refusal.ts";
import { openBrowserSocket, type SocketEvents } from "../../src/listener/connection/socket.ts";

/** Node's WebSocket tells as little of a refusal as a browser's, and follows no redirect either. */

const WITHIN = { timeout: 30_000, interval: 20 };
const FRAME_EVERY_MS = 20;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Edges around one relay, and a stage of a few lines. @returns their addresses */
async function openEdges(...marks: { listeners: number; hlsListeners: number }[]) {
  const world = memoryRelay();
  const stage = world.join();
  const epochMs = systemClock.nowMs() - 60_000;
  const members = [testMember(newUserId(), { role: "host" })];
  const space = testSpace({ state: "live", epochMs, members });
  stage.put(STATE_KEYS.space(space.id), space);
  const packet = Uint8Array.of(0xf8, 0xff, 0xfe);
  let next = frameNumberAt(epochMs, systemClock.nowMs());
  const talk = setInterval(() => {
    for (; next < frameNumberAt(epochMs, systemClock.nowMs()); next += 1) {
      stage.publishFrames(space.id, [{ number: next, packet, holding: false }]);
    }
  }, FRAME_EVERY_MS);
  closing.push(() => clearInterval(talk));
  const urls: string[] = [];
  for (const [at, each] of marks.entries()) {
    const port = 27_091 + at;
    urls.push(`http://127.0.0.1:${port}`);
    const edge: Edge = await createEdge({
      name: `edge-${at + 1}`,
      relay: world.join(),
      clock: systemClock,
      log: pino({ level: "silent" }),
      metrics: new Registry(),
      http: { host: "127.0.0.1", port },
      siteDirectory: null,
      publicUrl: urls[at]!,
      marks: each,
    });
    closing.push(() => edge.close());
  }
  return { spaceId: space.id, urls };
}

/** @returns what a listener of the SDK does and hears */
function listenAt(origin: string, spaceId: SpaceId, random: () => number) {
  const opened: { url: string; events: SocketEvents; said: string[]; words: string[] }[] = [];
  const heard: number[] = [];
  const states: string[] = [];
  const listener = new LiveConnection(
    {
      clock: systemClock,
      random,
      openSocket: (url, events) => {
        const each = { url, events, said: [] as string[], words: [] as string[] };
        opened.push(each);
        const text = (message: string) => {
          each.words.push(message);
          events.text(message);
        };
        const socket = openBrowserSocket(url, { ...events, text });
        const send = (message: string) => {
          each.said.push(message);
          socket.send(message);
        };
        return { ...socket, send };
      },
      askRefusal: askRefusalWith(fetch),
      findRoom: findRoomWith(fetch, () => false),
      onOnline: () => () => {},
    },
    { origin, spaceId },
    {
      event: () => {},
      frames: (frames) => heard.push(...frames.map(({ number }) => number)),
      state: (state) => states.push(state),
      crowded: () => {},
    },
  );
  closing.push(() => listener.close());
  listener.setSound(true);
  listener.open();
  return { opened, heard, states };
}

it("a listener of the SDK at a full edge hears every frame at the one that has room", async () => {
  const { spaceId, urls } = await openEdges(
    { listeners: 0, hlsListeners: 0 },
    { listeners: 5, hlsListeners: 0 },
  );
  const { opened, heard } = listenAt(urls[0]!, spaceId, Math.random);
  await vi.waitFor(() => expect(heard.length).toBeGreaterThan(100), WITHIN);
  expect(opened[0]!.url).toBe(`ws://127.0.0.1:27091/live/${spaceId}`);
  expect(opened.at(-1)!.url).toMatch(/^ws:\/\/127\.0\.0\.1:27092\//);
  expect(heard).toEqual(heard.map((_, at) => heard[0]! + at));
});

it("a listener whose link breaks goes on over the one that waits at another edge", async () => {
  const mark = { listeners: 5, hlsListeners: 0 };
  const { spaceId, urls } = await openEdges(mark, mark);
  const { opened, heard, states } = listenAt(urls[0]!, spaceId, () => 0);
  const standsAt = `ws://127.0.0.1:27092/live/${spaceId}?standby=1`;
  const waitingLink = () => opened.find(({ url }) => url === standsAt);
  await vi.waitFor(() => expect(waitingLink()?.words).toEqual(['{"type":"standby"}']), WITHIN);
  const [link, waiting] = [opened[0]!, waitingLink()!];
  link.events.closed(1006);
  const before = heard.length;
  const asked = { type: "listen", from: heard.at(-1)! + 1, cadence: 100 };
  await vi.waitFor(() => expect(waiting.said).toEqual([JSON.stringify(asked)]), WITHIN);
  await vi.waitFor(() => expect(heard.length).toBeGreaterThan(before + 50), WITHIN);
  expect(heard).toEqual(heard.map((_, at) => heard[0]! + at));
  expect(states).toEqual(["connecting", "open"]);
});

it("where all is full it is told so, with a sentence that can be played", async () => {
  const { spaceId, urls } = await openEdges({ listeners: 0, hlsListeners: 0 });
  const room = await findRoomWith(fetch, () => true)(urls[0]!, spaceId, 0.5);
  if (room.kind !== "full") throw new TypeError(`expected full, not ${room.kind}`);
  const clip = await fetch(room.clip);
  expect(clip.headers.get("content-type")).toBe("audio/ogg");
});
