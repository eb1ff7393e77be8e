import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { decodeAudio, Person, RostraProcess, TestApi, type TestSpace } from "@rostra/testkit";
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

  it("hls.js plays the low-latency HLS within two seconds of live", async () => {
    const page = await servePage();
    const person = await Person.arrive();
    try {
      const { port } = page.address() as AddressInfo;
      const source = encodeURIComponent(`${rostra.url}/live/${space.id}/index.m3u8`);
      await person.page.goto(`http://127.0.0.1:${port}/?src=${source}`);
      const latencySeconds = await vi.waitFor(
        async () => {
          const { latency, playedForMs } = await person.page.evaluate(() => {
            const { hls, playingSince } = window as unknown as {
              hls: { latency: number };
              playingSince?: number;
            };
            return {
              latency: hls.latency,
              playedForMs: performance.now() - (playingSince ?? Number.POSITIVE_INFINITY),
            };
          });
          // Long enough for the player to have settled on its place behind live.
          expect(playedForMs).toBeGreaterThan(8_000);
          return latency;
        },
        { timeout: 60_000, interval: 500 },
      );
      expect(latencySeconds).toBeLessThan(2);
      expect(person.problems).toEqual([]);
    } finally {
      await person.leave();
      page.close();
    }
  });
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
