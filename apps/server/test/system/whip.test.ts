import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  findVoice,
  Recording,
  RostraProcess,
  speakLoop,
  TestApi,
  type TestGuest,
  type TestSpace,
  writeWav,
} from "@rostra/testkit";
import { SAMPLE_RATE_HZ } from "@rostra/wire";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

const run = promisify(execFile);
const LOOP_SECONDS = 6;
const LOOPS = 8;
/** The client begins with a backlog of a second; by then it is in step. */
const SETTLE_SECONDS = 5;
const RECORD_SECONDS = 14;
const WITHIN = { timeout: 30_000, interval: 100 };

/**
 * Debian 12's client is linked with libsoup 2, and its libnice with libsoup 3, which ends a process
 * that holds both as soon as it finds a symbol of the other. The client runs with a copy of libsoup 3
 * that looks for a name that nobody has: what it is kept from is UPnP, which no one needs here.
 * @returns a folder for LD_LIBRARY_PATH
 */
async function peacefulLibraries(folder: string): Promise<string> {
  const name = "libsoup-3.0.so.0";
  const { stdout } = await run("/sbin/ldconfig", ["-p"]);
  const path = new RegExp(`${name.replaceAll(".", "\\.")} .*=> (\\S+)`).exec(stdout)?.[1];
  if (path !== undefined) {
    const library = await readFile(path, "latin1");
    const copy = library.replaceAll("soup_uri_new", "soup_uri_nix");
    await writeFile(join(folder, name), copy, "latin1");
  }
  return folder;
}

/** Meetecho's WHIP client on GStreamer: nothing of ours is in it. */
function simpleWhipClient(options: {
  whipUrl: string;
  token: string;
  wav: string;
  trickle: boolean;
  libraries: string;
}): ChildProcess {
  const pipeline = [
    `filesrc location=${options.wav} ! wavparse ! audioconvert ! audioresample`,
    // A file is read as fast as it can be: this paces it to real time.
    "identity sync=true ! queue ! opusenc ! rtpopuspay pt=100 ssrc=1 ! queue",
    "application/x-rtp,media=audio,encoding-name=OPUS,payload=100",
  ].join(" ! ");
  const trickle = options.trickle ? [] : ["-n"];
  const args = ["-u", options.whipUrl, "-t", options.token, "-A", pipeline, "-o", ...trickle];
  return spawn("whip-client", args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, LD_LIBRARY_PATH: options.libraries },
  });
}

describe("a WHIP client that is not ours", () => {
  let folder: string;
  let rostra: RostraProcess;
  let api: TestApi;
  let host: TestGuest;
  let space: TestSpace;
  let voice: Float32Array;
  let wav: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "rostra-whip-"));
    rostra = await RostraProcess.start();
    api = new TestApi(rostra.url);
    host = await api.guest("Ada");
    space = await api.openSpace(host, "From an encoder");
    await api.goLive(host, space.id);
    voice = await speakLoop(
      "This comes from an encoder that knows nothing of this stage.",
      LOOP_SECONDS,
    );
    const looped = new Float32Array(voice.length * LOOPS);
    for (let i = 0; i < LOOPS; i += 1) looped.set(voice, i * voice.length);
    wav = join(folder, "voice.wav");
    await writeWav(wav, looped);
  });

  afterAll(async () => {
    await rostra.stop();
    await rm(folder, { recursive: true });
  });

  // That client, on its two libsoups, does not start every time: it may try again.
  it.each([false, true])(
    "is heard in the ogg, and leaves when it says so (trickle: %s)",
    { retry: 2 },
    async (trickle) => {
      const url = `${rostra.url}/api/v1/spaces/${space.id}/whip`;
      const client = simpleWhipClient({
        whipUrl: url,
        token: host.token,
        wav,
        trickle,
        libraries: await peacefulLibraries(folder),
      });
      const said = collect(client);
      try {
        await vi.waitFor(async () => {
          const now = await api.space(space.id);
          expect(now.stage[0]!.connected, said()).toBe(true);
        }, WITHIN);
        const file = join(folder, `heard-${trickle}.wav`);
        const recording = new Recording(`${rostra.url}/live/${space.id}.ogg`, file, RECORD_SECONDS);
        const heard = await recording.samples();
        const found = findVoice(heard.subarray(SETTLE_SECONDS * SAMPLE_RATE_HZ), voice);
        process.stdout.write(`foreign WHIP client: correlation ${found.correlation.toFixed(3)}\n`);
        expect(found.correlation).toBeGreaterThan(0.9);
      } finally {
        client.kill("SIGINT");
      }
      await vi.waitFor(async () => {
        expect((await api.space(space.id)).stage[0]!.connected).toBe(false);
      }, WITHIN);
    },
  );

  it("is refused in one line without a token, and without a place on stage", async () => {
    const url = `${rostra.url}/api/v1/spaces/${space.id}/whip`;
    const stranger = await api.guest("Mallory");
    for (const [token, status, type] of [
      ["", 401, "unauthorized"],
      [stranger.token, 403, "not-on-stage"],
    ] as const) {
      const response = await fetch(url, {
        method: "POST",
        headers: {
          "content-type": "application/sdp",
          ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
        },
        body: "v=0\r\n",
      });
      expect(response.status).toBe(status);
      const problem = (await response.json()) as { type: string; detail: string };
      expect(problem.type).toBe(`urn:rostra:problem:${type}`);
      expect(problem.detail).toMatch(/^[^\n]+$/);
    }
  });
});

function collect(child: ChildProcess): () => string {
  let output = "";
  const take = (data: Buffer) => {
    output = (output + data.toString()).slice(-4_000);
  };
  child.stdout?.on("data", take);
  child.stderr?.on("data", take);
  return () => output;
}
