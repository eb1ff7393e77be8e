import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { interleaved, loadOpus, programEncoding } from "@rostra/sound";
import {
  clearEars,
  decodeAudio,
  fitSides,
  heardBy,
  listenTo,
  Person,
  playLooped,
  RostraProcess,
  speakLoop,
  TestApi,
  type TestSpace,
  WhipPeer,
} from "@rostra/testkit";
import { FRAME_SAMPLES, SAMPLE_RATE_HZ } from "@rostra/wire";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const SECONDS = 5;
/** A page begins a second back, and finds its margin: the sooner, the less its machine has to do. */
const SETTLE_SECONDS = 2;
const MOST_WINDOWS = 5;
/** Another voice is less than 0.4 alike, and mono would leak 1. */
const THE_VOICES = 0.75;

let rostra: RostraProcess;
let api: TestApi;

beforeAll(async () => {
  rostra = await RostraProcess.start();
  api = new TestApi(rostra.url);
});

afterAll(async () => {
  expect(await rostra?.stop()).toBe(0);
});

/** Players of others on the holding sound: it is sound like any other, and needs nobody to speak. */
describe("players that are not ours", () => {
  let folder: string;
  let space: TestSpace;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "rostra-players-"));
    space = await api.openSpace(await api.guest("Ada"), "For every player");
    await vi.waitFor(
      async () => {
        const playlist = await fetch(`${rostra.url}/live/${space.id}/index.m3u8`);
        expect(await playlist.text()).toContain("#EXTINF");
      },
      { timeout: 30_000, interval: 200 },
    );
  });

  afterAll(() => rm(folder, { recursive: true }));

  // At once: each waits for live sound more than it works.
  it.concurrent.each([".ogg", ".aac", "/index.m3u8"])("mpv plays %s", async (ending) => {
    const file = join(folder, `${ending.replace(/\W/g, "")}.wav`);
    const args = ["--no-config", "--no-video", "--msg-level=all=error", `--length=${SECONDS}`];
    const output = ["--ao=pcm", `--ao-pcm-file=${file}`, "--audio-samplerate=48000"];
    const url = `${rostra.url}/live/${space.id}${ending}`;
    await run("mpv", [...args, ...output, url], { timeout: 60_000 });
    const samples = await decodeAudio(file);
    expect(samples.length / 48_000).toBeGreaterThan(SECONDS - 1.5);
    expect(samples.some((sample) => Math.abs(sample) > 0.001)).toBe(true);
  });

  it("hls.js plays the low-latency HLS within two seconds of live, in both renditions", async () => {
    const page = await servePage();
    const person = await Person.arrive();
    try {
      const { port } = page.address() as AddressInfo;
      const source = encodeURIComponent(`${rostra.url}/live/${space.id}/master.m3u8`);
      await person.page.goto(`http://127.0.0.1:${port}/?src=${source}`);
      const first = await settled(person);
      expect(first.levels).toBe(2);
      const other = 1 - first.level;
      await person.page.evaluate((level) => {
        (window as unknown as HlsWindow).hls.nextLevel = level;
      }, other);
      const second = await settled(person, other);
      expect(second.level).toBe(other);
      expect(person.problems).toEqual([]);
    } finally {
      await person.leave();
      page.close();
    }
  });
});

interface HlsWindow {
  readonly hls: {
    readonly latency: number;
    readonly levels: readonly unknown[];
    readonly currentLevel: number;
    nextLevel: number;
  };
}

/** How long a player must have kept its place behind live for it to be its place, ms. */
const SETTLED_MS = 2_500;
const CLOSE_SECONDS = 2;

/**
 * How hls.js is doing, once it has played for a while within two seconds of live.
 * @param level the rendition that it must play
 */
function settled({ page }: Person, level?: number) {
  let sinceMs = Number.POSITIVE_INFINITY;
  let playedMs = 0;
  return vi.waitFor(
    async () => {
      const now = await page.evaluate(() => {
        const { hls } = window as unknown as HlsWindow;
        const { currentTime } = document.querySelector("audio")!;
        const { latency, levels, currentLevel } = hls;
        return {
          latency,
          levels: levels.length,
          level: currentLevel,
          playedMs: currentTime * 1000,
        };
      });
      const isClose = now.playedMs > 0 && now.latency > 0 && now.latency < CLOSE_SECONDS;
      const isThere = isClose && (level === undefined || now.level === level);
      if (!isThere) sinceMs = Number.POSITIVE_INFINITY;
      else if (sinceMs === Number.POSITIVE_INFINITY) sinceMs = now.playedMs;
      playedMs = now.playedMs - sinceMs;
      expect(playedMs, JSON.stringify(now)).toBeGreaterThan(SETTLED_MS);
      return now;
    },
    { timeout: 60_000, interval: 200 },
  );
}

async function stereoPackets(left: Float32Array, right: Float32Array): Promise<Uint8Array[]> {
  const encoder = await (await loadOpus()).createEncoder(programEncoding(2));
  const packets: Uint8Array[] = [];
  for (let at = 0; at + FRAME_SAMPLES <= left.length; at += FRAME_SAMPLES) {
    const [a, b] = [left, right].map((side) => side.subarray(at, at + FRAME_SAMPLES));
    packets.push(encoder.encode(interleaved(a!, b!)));
  }
  encoder.close();
  return packets;
}

it("the page of a space of music brings each side to its own ear", async () => {
  const host = await api.guest("Ada");
  const { id } = await api.openSpace(host, "Two guitars");
  await api.call("PATCH", `/spaces/${id}`, host.token, { settings: { sound: "music" } });
  await api.goLive(host, id);
  const left = await speakLoop("On the left a low voice reads the names of rivers.", 4);
  const right = await speakLoop("Over here another one is counting!", 4, { voice: "en-gb+f3" });
  const peer = await WhipPeer.connect(`${rostra.url}/api/v1/spaces/${id}/whip`, host.token);
  const stop = playLooped(peer, await stereoPackets(left, right));
  const listener = await listenTo(`${rostra.url}/s/${id}`, { ears: "stereo" });
  try {
    await heardFor(listener, SETTLE_SECONDS);
    let likeness = 0;
    // While it stretches what it plays, waves aren't alike: a quick voice's less than a slow one's.
    for (let window = 0; window < MOST_WINDOWS && likeness < THE_VOICES; window += 1) {
      await clearEars(listener.page);
      await heardFor(listener, SECONDS);
      const fit = fitSides(await heardBy(listener.page, "speaker"), left, right);
      process.stdout.write(`stereo page: ${JSON.stringify(fit)}\n`);
      likeness = Math.min(fit.left.likeness, fit.right.likeness);
      expect(Math.max(fit.left.leak, fit.right.leak)).toBeLessThan(0.1);
    }
    expect(likeness).toBeGreaterThan(THE_VOICES);
    expect(listener.problems).toEqual([]);
  } finally {
    stop();
    await listener.leave();
    await peer.leave();
  }
});

async function heardFor({ page }: Person, seconds: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const samples = (await heardBy(page, "speaker")).length / 2;
      expect(samples / SAMPLE_RATE_HZ).toBeGreaterThan(seconds);
    },
    { timeout: 30_000, interval: 300 },
  );
}

/** A page with nothing but hls.js and an audio element. */
async function servePage(): Promise<Server> {
  const script = await readFile(require.resolve("hls.js/dist/hls.min.js"), "utf8");
  const html = `<!doctype html><title>hls.js</title><link rel="icon" href="data:,">
    <audio></audio><script>${script}</script><script>
    const audio = document.querySelector("audio");
    window.hls = new Hls({ lowLatencyMode: true });
    hls.loadSource(new URLSearchParams(location.search).get("src"));
    hls.attachMedia(audio);
    hls.on(Hls.Events.MANIFEST_PARSED, () => audio.play());
    </script>`;
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8").end(html);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
