import {
  type FleetProcess,
  PairedSpeaker,
  SmallFleet,
  speakLoop,
  TestApi,
  WebSocketListener,
} from "@rostra/testkit";
import { type SpaceId, systemClock } from "@rostra/wire";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findRoomWith } from "../../../../packages/client/src/listener/connection/find-room.ts";
import { LiveConnection } from "../../../../packages/client/src/listener/connection/live-connection.ts";
import { askRefusalWith } from "../../../../packages/client/src/listener/connection/refusal.ts";
import { openBrowserSocket } from "../../../../packages/client/src/listener/connection/socket.ts";

const WITHIN = { timeout: 15_000, interval: 20 };

let fleet: SmallFleet;
const edges: { readonly url: string; readonly process: FleetProcess }[] = [];

async function startEdge(name: string): Promise<void> {
  const url = await fleet.startEdge(name);
  edges.push({ url, process: fleet.process(name) });
}

beforeAll(async () => {
  fleet = await SmallFleet.begin();
  // Pairs off: a space has two stages only while one of them goes.
  await fleet.start("control", "control-1", { ROSTRA_STAGE_PAIRS: "off" });
  await fleet.start("stage", "stage-1");
  await startEdge("edge-1");
  await startEdge("edge-2");
}, 60_000);

afterAll(async () => {
  await fleet.stop();
});

/** The SDK's own connection, on the platform's sockets; keeps what it would hand to the player. */
function listenAt(origin: string, spaceId: SpaceId, random = Math.random) {
  const heard = {
    frames: [] as number[],
    states: [] as string[],
    /** Links that were opened as such, those that were opened to wait, and what was said over these. */
    urls: [] as string[],
    standbys: [] as string[],
    said: [] as string[],
  };
  const connection = new LiveConnection(
    {
      clock: systemClock,
      random,
      openSocket: (url, events) => {
        const socket = openBrowserSocket(url, events);
        if (!url.endsWith("?standby=1")) {
          heard.urls.push(url);
          return socket;
        }
        heard.standbys.push(url);
        const send = (message: string) => {
          heard.said.push(message);
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
      frames: (frames) => heard.frames.push(...frames.map(({ number }) => number)),
      state: (state) => heard.states.push(state),
      crowded: () => {},
    },
  );
  connection.setSound(true);
  connection.open();
  return { connection, heard };
}

it("an edge that stands still is left for another one, which has sound before the first is let go", async () => {
  const [first, second] = [edges[0]!, edges[1]!];
  const api = new TestApi(second.url);
  const host = await api.guest("Ada");
  const space = await api.openSpace(host, "Standing still");
  await api.goLive(host, space.id);
  const listeners = Array.from({ length: 5 }, () => listenAt(first.url, space.id, () => 0));
  const counts = () => listeners.map(({ heard }) => heard.frames.length);
  // What is needed without the edge is fetched two seconds after the first sound.
  await expect.poll(() => Math.min(...counts()), WITHIN).toBeGreaterThan(200);

  first.process.pause();
  await expect
    .poll(() => listeners.map(({ heard }) => heard.said.length), WITHIN)
    .toEqual(listeners.map(() => 1));
  const before = counts();
  await expect
    .poll(() => Math.min(...counts().map((count, at) => count - before[at]!)), WITHIN)
    .toBeGreaterThan(25);
  first.process.resume();
  for (const { heard } of listeners) {
    const { frames, states, urls, standbys, said } = heard;
    expect(frames).toEqual(frames.map((_, at) => frames[0]! + at));
    // The link that there was is never said to be lost: it is let go when the other has sound.
    expect(states).toEqual(["connecting", "open"]);
    expect(urls).toHaveLength(1);
    expect(standbys[0]).toContain(new URL(second.url).host);
    expect(JSON.parse(said[0]!)).toMatchObject({ type: "listen", second: true });
  }
  for (const { connection } of listeners) connection.close();
}, 60_000);

it("an edge that ends hands its listeners to another one: each frame once, and nobody reconnects", async () => {
  const [first, second] = [edges[0]!, edges[1]!];
  const api = new TestApi(second.url);
  const host = await api.guest("Ada");
  const space = await api.openSpace(host, "Moving house");
  await api.goLive(host, space.id);
  const listeners = Array.from({ length: 20 }, () => listenAt(first.url, space.id));
  const counts = () => listeners.map(({ heard }) => heard.frames.length);
  await expect.poll(() => Math.min(...counts()), WITHIN).toBeGreaterThan(100);

  const code = await first.process.stop();
  expect(code).toBe(0);
  const before = counts();
  await expect
    .poll(() => Math.min(...counts().map((count, at) => count - before[at]!)), WITHIN)
    .toBeGreaterThan(50);
  for (const { heard } of listeners) {
    const { frames, states, urls } = heard;
    expect(frames).toEqual(frames.map((_, at) => frames[0]! + at));
    expect(states).toEqual(["connecting", "open"]);
    expect(urls).toHaveLength(2);
    expect(urls[1]).toContain(new URL(second.url).host);
  }
  for (const { connection } of listeners) connection.close();
}, 60_000);

it("a stage that ends hands its space to another one: the voice goes on under another host, too", async () => {
  const { url } = edges[1]!;
  const api = new TestApi(url);
  const [host, heir] = [await api.guest("Grace"), await api.guest("Bo")];
  const space = await api.openSpace(host, "Moving stage");
  await api.bringOnStage(host, space.id, heir);
  await api.setMuted(host, space.id, host, false);
  await api.goLive(host, space.id);
  const voice = await speakLoop("The stage moves under my feet, and I go on talking.", 3);
  const speaker = await PairedSpeaker.join([url], space.id, host.token, voice);
  const listener = new WebSocketListener(url, space.id);
  const heard = async (frames: number) => {
    const from = listener.latestFrame ?? 0;
    await expect.poll(() => (listener.latestFrame ?? 0) - from, WITHIN).toBeGreaterThan(frames);
  };
  await expect.poll(() => listener.frames.at(-1)?.holding, WITHIN).toBe(false);
  listener.forget();

  await fleet.start("stage", "stage-2");
  expect(await fleet.process("stage-1").stop()).toBe(0);
  await heard(50);
  await api.handOver(host, space.id, heir);
  await heard(50);
  expect([listener.missing, listener.repeated, listener.closeCode]).toEqual([[], [], undefined]);
  expect(listener.frames.filter(({ holding }) => holding)).toEqual([]);
  const last = listener.events.findLast(({ type }) => type === "space");
  expect(last).toMatchObject({ space: { stageName: "stage-2", term: 1 } });
  listener.close();
  speaker.stop();
}, 60_000);
