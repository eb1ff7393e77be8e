import { createEdge, type Edge } from "@rostra/edge";
import { memoryRelay } from "@rostra/relay";
import { testMember, testSpace } from "@rostra/testkit";
import { frameNumberAt, newUserId, STATE_KEYS, systemClock } from "@rostra/wire";
import pino from "pino";
import { Registry } from "prom-client";
import { afterEach, expect, it, vi } from "vitest";
import { findRoomWith } from "../../src/listener/connection/find-room.ts";
import { LiveConnection } from "../../src/listener/connection/live-connection.ts";
import { askRefusalWith } from "../../src/listener/connection/refusal.ts";
import { openBrowserSocket } from "../../src/listener/connection/socket.ts";

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

it("a listener of the SDK at a full edge hears every frame at the one that has room", async () => {
  const { spaceId, urls } = await openEdges(
    { listeners: 0, hlsListeners: 0 },
    { listeners: 5, hlsListeners: 0 },
  );
  const opened: string[] = [];
  const heard: number[] = [];
  const listener = new LiveConnection(
    {
      clock: systemClock,
      random: Math.random,
      openSocket: (url, events) => {
        opened.push(url);
        return openBrowserSocket(url, events);
      },
      askRefusal: askRefusalWith(fetch),
      findRoom: findRoomWith(fetch, () => false),
      onOnline: () => () => {},
    },
    { origin: urls[0]!, spaceId },
    {
      event: () => {},
      frames: (frames) => heard.push(...frames.map(({ number }) => number)),
      state: () => {},
      crowded: () => {},
    },
  );
  closing.push(() => listener.close());
  listener.setSound(true);
  listener.open();
  await vi.waitFor(() => expect(heard.length).toBeGreaterThan(100), WITHIN);
  expect(opened[0]).toBe(`ws://127.0.0.1:27091/live/${spaceId}`);
  expect(opened.at(-1)).toMatch(/^ws:\/\/127\.0\.0\.1:27092\//);
  expect(heard).toEqual(heard.map((_, at) => heard[0]! + at));
});

it("where all is full it is told so, with a sentence that can be played", async () => {
  const { spaceId, urls } = await openEdges({ listeners: 0, hlsListeners: 0 });
  const room = await findRoomWith(fetch, () => true)(urls[0]!, spaceId, 0.5);
  if (room.kind !== "full") throw new TypeError(`expected full, not ${room.kind}`);
  const clip = await fetch(room.clip);
  expect(clip.headers.get("content-type")).toBe("audio/ogg");
});
