import {
  AdtsReader,
  alignAndCorrelate,
  OggOpusPager,
  parseAdtsHeader,
  sideOf,
} from "@rostra/sound";
import { decodeAudio } from "@rostra/testkit";
import { type Channels, SAMPLE_RATE_HZ } from "@rostra/wire";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { ffmpegAdapter, wasmAdapter } from "../../src/aac/adapters.ts";
import { Transcoder, type TranscoderAdapter } from "../../src/aac/transcoder.ts";
import { BOUNDS } from "../../src/bounds.ts";
import { EdgeWorld } from "../support/edge-world.ts";
import { getRequest, RawClient } from "../support/raw-client.ts";
import { stereoLike, twice, type VoiceLike, voiceLike } from "../support/voice-like.ts";

const PATIENCE = { timeout: 20_000, interval: 20 };

let voice: VoiceLike;
beforeAll(async () => {
  voice = await voiceLike();
});

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const it of open.splice(0)) await it.close();
});

/** A program that is no transcoder. */
function script(source: string): TranscoderAdapter {
  return { name: "wasm", command: process.execPath, args: () => ["-e", source] };
}

function start(adapter: TranscoderAdapter, channels: Channels = 1) {
  const reader = new AdtsReader();
  const frames: Uint8Array[] = [];
  const failures: string[] = [];
  const transcoder = new Transcoder(adapter, channels, {
    onAdts: (bytes) => frames.push(...reader.push(bytes)),
    onFailed: (reason) => failures.push(reason),
  });
  open.push(transcoder);
  return { transcoder, reader, frames, failures };
}

describe.each([
  ["ffmpeg", ffmpegAdapter],
  ["wasm", wasmAdapter],
])("the %s transcoder", (_, adapter) => {
  it("makes AAC-LC at 48 kHz mono of the same sound, while more is still to come", async () => {
    const { transcoder, reader, frames, failures } = start(adapter);
    const pager = new OggOpusPager(1);
    transcoder.write(pager.headerPages());
    for (let number = 1_000; number < 1_400; number += 5) {
      const page = [0, 1, 2, 3, 4].map((at) => voice.frameAt(number + at));
      expect(transcoder.write(pager.page(page))).toBe(true);
    }
    // 8 s went in; all but a few frames come out though nothing says that it's over.
    await vi.waitFor(() => expect(frames.length).toBeGreaterThan(360), PATIENCE);
    expect(failures).toEqual([]);
    expect(reader.skippedBytes).toBe(0);
    const header = parseAdtsHeader(frames[0]!);
    expect(header).toMatchObject({ objectType: 2, sampleRateHz: SAMPLE_RATE_HZ, channels: 1 });
    const heard = await decodeAudio(Buffer.concat(frames), ["-f", "aac"]);
    const { correlation } = alignAndCorrelate(twice(voice.pcm), heard, SAMPLE_RATE_HZ);
    expect(correlation).toBeGreaterThan(0.95);
  });

  it("makes stereo of stereo, each side as it was, with mono packets amid it", async () => {
    const { left, right, frameAt } = await stereoLike();
    const { transcoder, frames, failures } = start(adapter, 2);
    const pager = new OggOpusPager(1);
    transcoder.write(pager.headerPages({}, 2));
    // A second of mono goes before it: what a space's holding sound is.
    for (let number = 950; number < 1_000; number += 1) {
      transcoder.write(pager.page([{ ...voice.frameAt(number), holding: true }]));
    }
    for (let number = 1_000; number < 1_400; number += 5) {
      const page = pager.page([0, 1, 2, 3, 4].map((at) => frameAt(number + at)));
      // Richer than a transcoder is let fall behind: it is given time.
      await vi.waitFor(() => expect(transcoder.write(page)).toBe(true), PATIENCE);
    }
    await vi.waitFor(() => expect(frames.length).toBeGreaterThan(400), PATIENCE);
    expect(failures).toEqual([]);
    expect(parseAdtsHeader(frames[0]!)).toMatchObject({ objectType: 2, channels: 2 });
    const heard = await decodeAudio(Buffer.concat(frames), ["-f", "aac"], 2);
    const alike = (said: Float32Array, side: "left" | "right") => {
      const later = sideOf(heard, side).subarray(1.5 * SAMPLE_RATE_HZ);
      return alignAndCorrelate(twice(said), later, SAMPLE_RATE_HZ).correlation;
    };
    expect(alike(left, "left")).toBeGreaterThan(0.95);
    expect(alike(right, "right")).toBeGreaterThan(0.95);
    // Somewhere in ten seconds any two are as alike as that.
    const chance = alignAndCorrelate(twice(right), left, SAMPLE_RATE_HZ).correlation;
    expect(alike(right, "left")).toBeLessThan(chance + 0.1);
    expect(alike(left, "right")).toBeLessThan(chance + 0.1);
  });
});

describe("any transcoder", () => {
  it.each([
    ["can't be started", { name: "wasm", command: "/no/such/program", args: () => [] } as const],
    ["ends at once", script("process.exit(3)")],
    ["crashes", script("throw Object.assign(new Error(), { message: 'boom' })")],
  ])("that %s is told of once", async (_, adapter) => {
    const { transcoder, failures } = start(adapter);
    await vi.waitFor(() => expect(failures).toHaveLength(1), { timeout: 10_000 });
    expect(transcoder.write(new Uint8Array(10))).toBe(false);
    transcoder.close();
    expect(failures).toHaveLength(1);
  });

  it("that takes nothing is given no more than the bound", async () => {
    const { transcoder } = start(script("setInterval(() => {}, 1000)"));
    const page = new Uint8Array(16_384);
    // The kernel takes a few hundred KB before anything waits here.
    const pipeBytes = 1_048_576;
    let taken = 0;
    while (taken < 10 * pipeBytes && transcoder.write(page)) taken += page.length;
    expect(taken).toBeLessThanOrEqual(pipeBytes + BOUNDS.transcoderBytes + page.length);
  });
});

describe("AAC listeners", () => {
  async function listen(world: EdgeWorld): Promise<RawClient> {
    const client = new RawClient(world.port, getRequest(`${world.path}.aac`));
    open.unshift(client);
    await client.until(() => client.received.includes("\r\n\r\n"));
    return client;
  }

  async function metric(world: EdgeWorld, name: string): Promise<number> {
    const page = await (await fetch(`http://127.0.0.1:${world.port}/metrics`)).text();
    return Number(new RegExp(`^${name}\\{.*\\} (\\d+)$`, "m").exec(page)?.[1] ?? 0);
  }

  async function soundingWorld(transcoder: TranscoderAdapter): Promise<EdgeWorld> {
    const world = new EdgeWorld();
    open.push(world);
    world.frameAt = voice.frameAt;
    await world.openEdge({ transcoder });
    await world.pass(2_000);
    return world;
  }

  it("share one transcoder, which ends a while after the last has left", async () => {
    const world = await soundingWorld(ffmpegAdapter);
    expect(await metric(world, "rostra_edge_transcoders")).toBe(0);
    const first = await listen(world);
    await vi.waitFor(
      async () => {
        await world.pass(100);
        expect(first.body.length).toBeGreaterThan(20_000);
      },
      { timeout: 20_000, interval: 10 },
    );
    const second = await listen(world);
    // The latest second at once, but for what was made since the last beat: that comes with the next.
    await world.pass(200);
    await second.until(() => second.body.length > 6_000);
    const reader = new AdtsReader();
    expect(reader.push(second.body).length).toBeGreaterThanOrEqual(40);
    expect(reader.skippedBytes).toBe(0);
    expect(await metric(world, "rostra_edge_transcoder_starts_total")).toBe(1);
    first.close();
    second.close();
    await world.pass(BOUNDS.transcoderLingerMs - 1_000);
    expect(await metric(world, "rostra_edge_transcoders")).toBe(1);
    await world.pass(2_000);
    expect(await metric(world, "rostra_edge_transcoders")).toBe(0);
  });

  it("get another one when theirs fails, after longer and longer waits", async () => {
    const world = await soundingWorld(script("process.exit(1)"));
    await listen(world);
    const starts = () => metric(world, "rostra_edge_transcoder_starts_total");
    await vi.waitFor(
      async () => {
        await world.pass(100);
        expect(await starts()).toBeGreaterThanOrEqual(4);
      },
      { timeout: 20_000, interval: 10 },
    );
    const before = await starts();
    await world.pass(1_000);
    expect((await starts()) - before).toBeLessThanOrEqual(1);
  });
});
