import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { interleaved, loadOpus, programEncoding } from "@rostra/sound";
import {
  fitSides,
  playLooped,
  Recording,
  RostraProcess,
  speakLoop,
  TestApi,
  type TestGuest,
  type TestSpace,
  WebSocketListener,
  WhipPeer,
} from "@rostra/testkit";
import { decodeChunks, FRAME_SAMPLES, type ProgramFrame, SAMPLE_RATE_HZ } from "@rostra/wire";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

const run = promisify(execFile);
const LOOP_SECONDS = 6;
const RECORD_SECONDS = 14;
/** Players begin with a backlog, and with what was there before the music. */
const SETTLE_SECONDS = 3;
/** What of a listener is compared at once, and how often at most. */
const STRETCH_FRAMES = 400;
const STRETCHES = 3;
/** Of what a listener has when the music begins anew so much may be music: a second. */
const SETTLED_FRAMES = 50;
const WITHIN = { timeout: 30_000, interval: 100 };
/** The other side is at least 30 dB below one's own. */
const MOST_LEAK = 0.03;

async function encoded(stereo: Float32Array): Promise<Uint8Array[]> {
  const encoder = await (await loadOpus()).createEncoder(programEncoding(2));
  const packets: Uint8Array[] = [];
  for (let at = 0; at + 2 * FRAME_SAMPLES <= stereo.length; at += 2 * FRAME_SAMPLES) {
    packets.push(encoder.encode(stereo.subarray(at, at + 2 * FRAME_SAMPLES)));
  }
  encoder.close();
  return packets;
}

async function decoded(frames: readonly ProgramFrame[]): Promise<Float32Array> {
  const decoder = await (await loadOpus()).createDecoder({ channels: 2 });
  const pcm = new Float32Array(frames.length * 2 * FRAME_SAMPLES);
  for (const [at, { packet }] of frames.entries()) {
    pcm.set(decoder.decode(packet), at * 2 * FRAME_SAMPLES);
  }
  decoder.close();
  return pcm;
}

describe("a space of music", () => {
  let folder: string;
  let rostra: RostraProcess;
  let api: TestApi;
  let host: TestGuest;
  let space: TestSpace;
  let peer: WhipPeer;
  let left: Float32Array;
  let right: Float32Array;
  let music: readonly Uint8Array[];
  let stop: () => void;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "rostra-stereo-"));
    rostra = await RostraProcess.start();
    api = new TestApi(rostra.url);
    host = await api.guest("Ada");
    space = await api.openSpace(host, "Two guitars");
    const settings = { settings: { sound: "music" } };
    await api.call("PATCH", `/spaces/${space.id}`, host.token, settings);
    await api.goLive(host, space.id);
    left = await speakLoop("On the left a low voice reads the names of rivers.", LOOP_SECONDS);
    right = await speakLoop("Over here, another one is counting mountains!", LOOP_SECONDS, {
      voice: "en-gb+f3",
      speed: 190,
    });
    music = await encoded(interleaved(left, right));
    await play();
  });

  async function isPlaying(): Promise<boolean> {
    return (await api.space(space.id)).stage[0]!.connected;
  }

  async function play(): Promise<void> {
    peer = await WhipPeer.connect(`${rostra.url}/api/v1/spaces/${space.id}/whip`, host.token);
    stop = playLooped(peer, music);
    await vi.waitFor(async () => expect(await isPlaying()).toBe(true), WITHIN);
  }

  /** As an encoder does whose connection was lost. */
  async function playOn(): Promise<void> {
    if (await isPlaying()) return;
    stop();
    await peer.leave().catch(() => {});
    await play();
  }

  afterAll(async () => {
    stop?.();
    await peer?.leave();
    await rostra.stop();
    await rm(folder, { recursive: true });
  });

  function expectBothSides(name: string, heard: Float32Array): void {
    const fit = fitSides(heard, left, right);
    const said = (["left", "right"] as const).map((side) => {
      const { likeness, leak } = fit[side];
      return `${side} ${likeness.toFixed(3)}, leak ${(20 * Math.log10(leak)).toFixed(0)} dB`;
    });
    process.stdout.write(`stereo, ${name}: ${said.join("; ")}\n`);
    // What up to three codecs leave of a wave; another voice comes to less than 0.4.
    expect(Math.min(fit.left.likeness, fit.right.likeness)).toBeGreaterThan(0.8);
    expect(Math.max(fit.left.leak, fit.right.leak)).toBeLessThan(MOST_LEAK);
  }

  it("is heard in stereo by players of the ogg, the aac and the HLS, each side on its own", async () => {
    const endings = [".ogg", ".aac", "/index.m3u8"];
    const heard = await Promise.all(
      endings.map((ending, index) => {
        const url = `${rostra.url}/live/${space.id}${ending}`;
        return new Recording(url, join(folder, `${index}.wav`), RECORD_SECONDS, 2).samples();
      }),
    );
    for (const [index, ending] of endings.entries()) {
      expectBothSides(ending, heard[index]!.subarray(2 * SETTLE_SECONDS * SAMPLE_RATE_HZ));
      const entries = ["-show_entries", "stream=codec_name,channels,sample_rate"];
      const url = `${rostra.url}/live/${space.id}${ending}`;
      const { stdout } = await run("ffprobe", ["-v", "error", ...entries, "-of", "json", url]);
      const { streams } = JSON.parse(stdout) as { streams: unknown[] };
      const codec = ending === ".aac" ? "aac" : "opus";
      expect(streams[0]).toMatchObject({ codec_name: codec, channels: 2, sample_rate: "48000" });
    }
  });

  it("is stereo in the chunks of a WebSocket listener, and in frames by number", async () => {
    const listener = new WebSocketListener(rostra.url, space.id);
    let frames: ProgramFrame[] = [];
    // Where the machine stood still for a moment the sender's music jumps, or its connection is lost: one stretch
    // without that is enough.
    for (let stretch = 0; stretch < STRETCHES; stretch += 1) {
      await playOn();
      const from = Math.max(stretch * STRETCH_FRAMES, listener.frames.length - SETTLED_FRAMES);
      const to = from + STRETCH_FRAMES;
      await vi.waitFor(() => expect(listener.frames.length).toBeGreaterThan(to), WITHIN);
      frames = listener.frames.slice(from, to);
      try {
        expectBothSides("WebSocket", await decoded(frames));
        break;
      } catch (error) {
        const held = frames.filter(({ holding }) => holding).length;
        process.stdout.write(`stereo, WebSocket: ${held} of ${frames.length} frames held\n`);
        if (stretch === STRETCHES - 1) throw error;
      }
    }
    listener.close();
    const welcome = listener.events.find(({ type }) => type === "welcome");
    expect(welcome).toMatchObject({ space: { settings: { sound: "music" } } });
    const query = `from=${frames[0]!.number}&to=${frames.at(-1)!.number}`;
    const answer = await fetch(`${rostra.url}/live/${space.id}/frames?${query}`);
    const byNumber = decodeChunks(new Uint8Array(await answer.arrayBuffer()));
    expect(byNumber.map(({ packet }) => [...packet])).toEqual(
      frames.map(({ packet }) => [...packet]),
    );
  });
});
