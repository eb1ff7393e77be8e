import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
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
import { FRAME_SAMPLES } from "@rostra/wire";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const SECONDS = 5;

/** Players of others on the holding sound: it is sound like any other, and needs nobody to speak. */
describe("players that are not ours", () => {
  let folder: string;
  let rostra: RostraProcess;
  let space: TestSpace;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "rostra-players-"));
    rostra = await RostraProcess.start();
    const api = new TestApi(rostra.url);
    space = await api.openSpace(await api.guest("Ada"), "For every player");
    await vi.waitFor(
      async () => {
        const playlist = await fetch(`${rostra.url}/live/${space.id}/index.m3u8`);
        expect(await playlist.text()).toContain("#EXTINF");
      },
      { timeout: 30_000, interval: 200 },
    );
  });

  afterAll(async () => {
    await rostra.stop();
    await rm(folder, { recursive: true });
  });

  it.each([".ogg", ".aac", "/index.m3u8"])("mpv plays %s", async (ending) => {
    const file = join(folder, "mpv.wav");
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
      // Long enough for the player to have settled on its place behind live.
      const first = await playedFor(person, 6_000);
      expect(first.levels).toBe(2);
      expect(first.latency).toBeLessThan(2);
      const other = 1 - first.level;
      await person.page.evaluate((level) => {
        (window as unknown as HlsWindow).hls.nextLevel = level;
      }, other);
      const second = await playedFor(person, 6_000 + first.playedForMs);
      expect(second.level).toBe(other);
      expect(second.latency).toBeLessThan(2);
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
  readonly playingSince?: number;
}

/** How hls.js is doing, once it has played for so long. */
function playedFor({ page }: Person, ms: number) {
  return vi.waitFor(
    async () => {
      const now = await page.evaluate(() => {
        const { hls, playingSince } = window as unknown as HlsWindow;
        return {
          latency: hls.latency,
          levels: hls.levels.length,
          level: hls.currentLevel,
          playedForMs: performance.now() - (playingSince ?? Number.POSITIVE_INFINITY),
        };
      });
      expect(now.playedForMs).toBeGreaterThan(ms);
      return now;
    },
    { timeout: 60_000, interval: 500 },
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
  const rostra = await RostraProcess.start();
  const api = new TestApi(rostra.url);
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
    await vi.waitFor(
      async () => expect((await heardBy(listener.page, "speaker")).length).toBeGreaterThan(200_000),
      { timeout: 30_000, interval: 500 },
    );
    await clearEars(listener.page);
    await sleep(6_000);
    const fit = fitSides(await heardBy(listener.page, "speaker"), left, right);
    process.stdout.write(`stereo page: ${JSON.stringify(fit)}\n`);
    // The page may stretch what it plays: another voice is less than 0.4 alike, and mono would leak 1.
    expect(Math.min(fit.left.likeness, fit.right.likeness)).toBeGreaterThan(0.75);
    expect(Math.max(fit.left.leak, fit.right.leak)).toBeLessThan(0.1);
    expect(listener.problems).toEqual([]);
  } finally {
    stop();
    await listener.leave();
    await peer.leave();
    await rostra.stop();
  }
});

/** A page with nothing but hls.js and an audio element. */
async function servePage(): Promise<Server> {
  const script = await readFile(require.resolve("hls.js/dist/hls.min.js"), "utf8");
  const html = `<!doctype html><title>hls.js</title><link rel="icon" href="data:,">
    <audio></audio><script>${script}</script><script>
    const audio = document.querySelector("audio");
    audio.addEventListener("playing", () => { window.playingSince ??= performance.now(); });
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
