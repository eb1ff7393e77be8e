import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { alignAndCorrelate } from "@rostra/sound";
import { decodeAudio } from "@rostra/testkit";
import { SAMPLE_RATE_HZ } from "@rostra/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EdgeWorld } from "../support/edge-world.ts";
import { twice, type VoiceLike, voiceLike } from "../support/voice-like.ts";

const LISTEN_SECONDS = 4;
const run = promisify(execFile);

// Players keep their own time: here the clock goes as theirs does.
let world: EdgeWorld;
let voice: VoiceLike;
let stop: () => Promise<void>;

beforeAll(async () => {
  voice = await voiceLike();
  world = new EdgeWorld();
  world.frameAt = voice.frameAt;
  await world.openEdge();
  await world.pass(12_000);
  stop = world.passInRealTime();
});

afterAll(async () => {
  await stop();
  await world.close();
});

describe.each([".ogg", ".aac", "/index.m3u8", "/thin.m3u8", "/master.m3u8"])("%s", (path) => {
  it("is heard by ffmpeg as it was said", async () => {
    const heard = await decodeAudio(world.url(path), ["-t", String(LISTEN_SECONDS)]);
    expect(heard.length / SAMPLE_RATE_HZ).toBeGreaterThan(LISTEN_SECONDS - 0.2);
    const said = twice(voice.pcm);
    const { correlation } = alignAndCorrelate(said, heard, SAMPLE_RATE_HZ, { maxLagMs: 10_000 });
    expect(correlation).toBeGreaterThan(0.95);
  });

  it("is played by mpv", async () => {
    const args = ["--no-config", "--no-video", "--ao=null", "--length=2", "--msg-level=all=warn"];
    const { stdout, stderr } = await run("mpv", [...args, world.url(path)], { timeout: 30_000 });
    expect(`${stdout}${stderr}`).not.toMatch(/error|failed/i);
  });
});
