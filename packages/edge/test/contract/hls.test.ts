import { opusInitSegment } from "@rostra/sound";
import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from "mediabunny";
import { afterEach, describe, expect, it } from "vitest";
import { BOUNDS } from "../../src/bounds.ts";
import { EdgeWorld, frameOf } from "../support/edge-world.ts";
import {
  expand,
  expectLawful,
  expectLawfulUpdate,
  type ParsedPlaylist,
  parsePlaylist,
} from "../support/playlist-rules.ts";

let world: EdgeWorld;

afterEach(() => world.close());

async function text(path: string, port = world.port): Promise<string> {
  const answer = await fetch(world.url(path, port));
  expect(answer.status, path).toBe(200);
  return answer.text();
}

async function bytes(path: string, port = world.port): Promise<Buffer> {
  const answer = await fetch(world.url(path, port));
  expect(answer.status, path).toBe(200);
  expect(answer.headers.get("content-type")).toBe("audio/mp4");
  expect(answer.headers.get("cache-control")).toContain("immutable");
  expect(answer.headers.get("access-control-allow-origin")).toBe("*");
  return Buffer.from(await answer.arrayBuffer());
}

async function playlist(query = "", port = world.port): Promise<ParsedPlaylist> {
  return parsePlaylist(await text(`/index.m3u8${query}`, port));
}

/** The packets of one fragment or segment, as a demuxer we did not write reads them. */
async function packetsOf(fragment: Buffer) {
  const source = new BufferSource(Buffer.concat([opusInitSegment(), fragment]));
  const input = new Input({ source, formats: ALL_FORMATS });
  const track = (await input.getPrimaryAudioTrack())!;
  const packets: { atMs: number; data: Buffer }[] = [];
  for await (const packet of new EncodedPacketSink(track).packets()) {
    packets.push({ atMs: Math.round(packet.timestamp * 1_000), data: Buffer.from(packet.data) });
  }
  return packets;
}

/** The file name's first frame and number of frames. */
function spanOf(name: string): [number, number] {
  const [, segment, part] = /^[sp](\d+)(?:\.(\d))?\.m4s$/.exec(name)!;
  return part === undefined
    ? [Number(segment) * 100, 100]
    : [Number(segment) * 100 + Number(part) * 10, 10];
}

describe("HLS", () => {
  it("lists segments and parts that can all be fetched and read", async () => {
    world = await EdgeWorld.onAir();
    await world.pass(7_000);
    const listed = await playlist();
    expectLawful(listed);
    expect(await bytes(`/${listed.map}`)).toEqual(Buffer.from(opusInitSegment()));
    const parts = [...listed.segments.flatMap((segment) => segment.parts), ...listed.growing];
    expect(parts.length).toBeGreaterThan(20);
    for (const { uri } of [...listed.segments, ...parts]) {
      const packets = await packetsOf(await bytes(`/${uri}`));
      const [from, count] = spanOf(uri);
      const expected = Array.from({ length: count }, (_, at) => ({
        atMs: (from + at) * 20,
        data: Buffer.from(frameOf(from + at).packet),
      }));
      expect(packets, uri).toEqual(expected);
    }
    const [segment] = listed.segments.slice(-1);
    const whole = await Promise.all(segment!.parts.map(({ uri }) => bytes(`/${uri}`)));
    expect(Buffer.concat(whole)).toEqual(await bytes(`/${segment!.uri}`));
  });

  it("is the same, byte for byte, on every edge, also on one that has just started", async () => {
    world = await EdgeWorld.onAir();
    await world.openEdge();
    await world.pass(40_000);
    await world.openEdge();
    await world.pass(100);
    const ports = world.edges.map((edge) => edge.port);
    const playlists = await Promise.all(ports.map((port) => text("/index.m3u8", port)));
    expect(new Set(playlists).size).toBe(1);
    const { segments, growing } = parsePlaylist(playlists[0]!);
    const names = [...segments.slice(0, 2), ...segments.at(-1)!.parts, ...growing].map(
      (it) => it.uri,
    );
    for (const name of names) {
      const copies = await Promise.all(ports.map((port) => bytes(`/${name}`, port)));
      for (const copy of copies) expect(copy.equals(copies[0]!), name).toBe(true);
    }
  });

  it("is the same on an edge that frames reach too late to be heard there", async () => {
    world = await EdgeWorld.onAir();
    const relay = world.relays.join();
    let away = false;
    // Its line to the relay stands still for a while; the relay itself remembers everything.
    const stalling = Object.assign(Object.create(relay), {
      follow: (...[id, { take, recall }]: Parameters<typeof relay.follow>) =>
        relay.follow(id, { take: (frames) => away || take(frames), ...(recall && { recall }) }),
      watch: relay.watch.bind(relay),
      history: relay.history.bind(relay),
      latestFrame: relay.latestFrame.bind(relay),
      put: relay.put.bind(relay),
    });
    await world.openEdge({ relay: stalling });
    await world.pass(2_000);
    // Somebody listens there already.
    for (const it of world.edges) await text("/index.m3u8", it.port);
    await world.pass(2_000);
    away = true;
    await world.pass(3_000);
    away = false;
    await world.pass(3_000);
    const ports = world.edges.map((edge) => edge.port);
    const playlists = await Promise.all(ports.map((port) => text("/index.m3u8", port)));
    expect(playlists[1]).toBe(playlists[0]);
    for (const { uri } of parsePlaylist(playlists[0]!).segments) {
      const [one, other] = await Promise.all(ports.map((port) => bytes(`/${uri}`, port)));
      expect(other!.equals(one!), uri).toBe(true);
    }
    // Its live listeners have heard the holding sound meanwhile.
    const metrics = await (await fetch(`http://127.0.0.1:${ports[1]}/metrics`)).text();
    expect(metrics).toMatch(/frames_filled_total\{process="edge-2",kind="holding"\} \d{3}\n/);
  });

  it("is thinner in its second rendition, and both are found from one playlist", async () => {
    world = await EdgeWorld.onAir();
    world.frameAt = (number) => ({ ...frameOf(number), thin: frameOf(number).packet.slice(0, 20) });
    await world.pass(5_000);
    const listed = (await text("/master.m3u8")).split("\n").filter((line) => /^\w/.test(line));
    expect(listed).toEqual(["index.m3u8", "thin.m3u8"]);
    const [full, thin] = await Promise.all(
      listed.map(async (name) => parsePlaylist(await text(`/${name}`))),
    );
    expectLawful(thin!);
    expect(thin!.mediaSequence).toBe(full!.mediaSequence);
    const packets = await packetsOf(await bytes(`/${thin!.segments.at(-1)!.uri}`));
    expect(packets.map(({ data }) => data.length)).toEqual(Array.from({ length: 100 }, () => 20));
  });

  it("makes the first caller of a young space wait for the first segment", async () => {
    world = new EdgeWorld();
    world.putSpace({ epochMs: world.clock.nowMs() });
    await world.openEdge();
    await world.pass(500);
    const first = playlist();
    // Nobody speaks: the line begins with whoever comes first.
    await world.pass(5_000);
    expect((await first).segments.length).toBeGreaterThanOrEqual(1);
  });
});

describe("a blocking reload", () => {
  it("is answered when the part is there, and not before", async () => {
    world = await EdgeWorld.onAir();
    await world.pass(4_000);
    const before = await playlist();
    const next = before.mediaSequence + before.segments.length;
    const part = before.growing.length;
    let answered = false;
    const reload = playlist(`?_HLS_msn=${next}&_HLS_part=${part}`).finally(() => {
      answered = true;
    });
    await world.pass(40);
    expect(answered).toBe(false);
    await world.passUntil(() => answered);
    const after = await reload;
    const uris = [...after.segments.flatMap((segment) => segment.parts), ...after.growing];
    expect(uris.map((it) => it.uri)).toContain(before.preloadHint);
  });

  it("is answered when the segment is there, where no part is named", async () => {
    world = await EdgeWorld.onAir();
    await world.pass(4_000);
    const before = await playlist();
    const next = before.mediaSequence + before.segments.length;
    const reload = playlist(`?_HLS_msn=${next}`);
    await world.pass(2_200);
    const after = await reload;
    expect(after.mediaSequence + after.segments.length).toBeGreaterThan(next);
  });

  it("hands out the part that was hinted at as soon as it is there", async () => {
    world = await EdgeWorld.onAir();
    await world.pass(4_000);
    const { preloadHint } = await playlist();
    const hinted = bytes(`/${preloadHint}`);
    await world.pass(400);
    expect(await packetsOf(await hinted)).toHaveLength(10);
  });

  it("is sent elsewhere when the edge goes away", async () => {
    world = await EdgeWorld.onAir();
    await world.pass(4_000);
    const before = await playlist();
    const next = before.mediaSequence + before.segments.length;
    const reload = fetch(world.url(`/index.m3u8?_HLS_msn=${next + 1}`));
    await world.pass(200);
    const closing = world.edges[0]!.close();
    const answer = await reload;
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("1");
    await closing;
    world.edges.length = 0;
  });
});

describe("an update", () => {
  it("leaves out what its reader has, and blocks like any reload", async () => {
    world = await EdgeWorld.onAir();
    await world.pass(25_000);
    const before = await playlist();
    const next = before.mediaSequence + before.segments.length;
    const reload = playlist(`?_HLS_msn=${next}&_HLS_part=${before.growing.length}&_HLS_skip=YES`);
    await world.pass(600);
    const update = await reload;
    expect(update.skipped).toBeGreaterThan(0);
    expectLawful(update);
    expectLawfulUpdate(before, expand(before, update));
  });
});

describe("caches", () => {
  it("are told how long each answer may be kept", async () => {
    world = await EdgeWorld.onAir();
    await world.pass(5_000);
    const kept = async (path: string) => {
      const answer = await fetch(world.url(path));
      await answer.arrayBuffer();
      return [answer.status, answer.headers.get("cache-control")];
    };
    const { mediaSequence, segments } = await playlist();
    // RFC 8216bis, appendix B.1: half a target duration, and six of them for what was blocked for.
    expect(await kept("/index.m3u8")).toEqual([200, "public, max-age=1, stale-while-revalidate=1"]);
    expect(await kept(`/index.m3u8?_HLS_msn=${mediaSequence}`)).toEqual([
      200,
      "public, max-age=12",
    ]);
    expect(await kept(`/${segments[0]!.uri}`)).toEqual([200, "public, max-age=86400, immutable"]);
    expect(await kept("/s1.m4s")).toEqual([404, "no-store"]);
    expect(await kept("/index.m3u8?_HLS_msn=99999")).toEqual([400, "no-store"]);
    expect(await kept("/index.m3u8?_HLS_skip=NO")).toEqual([400, "no-store"]);
    expect(await kept(`/index.m3u8?_HLS_msn=${mediaSequence}&_HLS_part=99`)).toEqual([
      400,
      "no-store",
    ]);
  });
});

describe("the end of a space", () => {
  it("can be fetched for a while, to the last frame, and is gone then", async () => {
    world = await EdgeWorld.onAir();
    await world.pass(5_000);
    const waiting = playlist();
    world.putSpace({ state: "ended", endedAtMs: world.clock.nowMs() });
    const last = world.currentFrame;
    await waiting;
    await world.pass(1_000);
    const listed = await playlist();
    expectLawful(listed);
    expect(listed.ended).toBe(true);
    const final = listed.segments.at(-1)!;
    const packets = await packetsOf(await bytes(`/${final.uri}`));
    expect(packets.at(-1)!.atMs).toBe(last * 20);
    expect(packets.length).toBe(Math.round(final.duration * 50));
    await world.pass(BOUNDS.afterEndMs);
    expect((await fetch(world.url("/index.m3u8"))).status).toBe(410);
  });
});
