import { createSocket } from "node:dgram";
import { alignAndCorrelate, loadOpus, rmsDbfs } from "@rostra/sound";
import { testMember } from "@rostra/testkit";
import {
  frameTimeMs,
  isHoldingLoop,
  isService,
  isStageLoad,
  type ProgramFrame,
  SAMPLE_RATE_HZ,
  STATE_KEYS,
  systemClock,
} from "@rostra/wire";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { testOffer } from "../support/offers.ts";
import { seededRandom } from "../support/random.ts";
import { ADA, BEN, PATIENCE, ServerWorld, tokenOf } from "../support/server-world.ts";
import { SpeakersProcess } from "../support/speakers-process.ts";
import { syntheticVoice } from "../support/synthetic-voice.ts";

// A real stage with the real native library; its speakers live in another process.

const ADA_SAYS = syntheticVoice({ seconds: 8, seed: 11, pitchHz: 110, peak: 0.4 });
const BEN_SAYS = syntheticVoice({ seconds: 8, seed: 22, pitchHz: 190, peak: 0.4 });

async function decoded(packets: readonly Uint8Array[]): Promise<Float32Array> {
  const decoder = await (await loadOpus()).createDecoder();
  const pieces = packets.map((packet) => decoder.decode(packet));
  decoder.close();
  const pcm = new Float32Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    pcm.set(piece, at);
    at += piece.length;
  }
  return pcm;
}

/** How alike `heard` and a voice are that is said over and over. */
function likeness(voice: Float32Array, heard: Float32Array): number {
  const twice = new Float32Array(voice.length * 2);
  twice.set(voice);
  twice.set(voice, voice.length);
  return alignAndCorrelate(twice, heard, SAMPLE_RATE_HZ, { maxLagMs: 8_000 }).correlation;
}

function isConsecutive(frames: readonly ProgramFrame[]): boolean {
  return frames.every(({ number }, index) => number === frames[0]!.number + index);
}

let speakers: SpeakersProcess;
let world: ServerWorld;

beforeAll(() => {
  speakers = new SpeakersProcess();
});
afterAll(() => speakers.close());
beforeEach(async () => {
  world = await ServerWorld.open();
});
afterEach(() => world.stage.close());

test("a stage announces itself, how full it is and the holding sound, and serves its metrics", async () => {
  expect(world.state.get("holding-loop")).toSatisfy(isHoldingLoop);
  const service = world.state.get("service/stage-1");
  expect(service).toSatisfy(isService);
  expect(service).toMatchObject({ role: "stage", url: world.stage.url });
  const load = () => world.state.get(STATE_KEYS.stageLoad("stage-1"));
  expect(load()).toSatisfy(isStageLoad);
  await expect.poll(load, PATIENCE).toMatchObject({ programs: 1, speakers: 0, accepts: true });
  const metrics = await (await fetch(`${world.stage.url}/metrics`)).text();
  expect(metrics).toContain("rostra_stage_spaces 1");
  expect((await fetch(`${world.stage.url}/healthz`)).status).toBe(200);
});

describe("speakers over WebRTC", () => {
  beforeEach(async () => {
    await speakers.connect("ada", world.whipUrl, await tokenOf(ADA));
    await speakers.connect("ben", world.whipUrl, await tokenOf(BEN));
    await speakers.speak("ada", 11, 110);
    await speakers.speak("ben", 22, 190);
    await expect.poll(() => world.activity?.connected, PATIENCE).toEqual([ADA, BEN].sort());
  });
  afterEach(async () => {
    await speakers.leave("ada").catch(() => {});
    await speakers.leave("ben").catch(() => {});
  });

  test("are on air together, and each hears the other and not themself", async () => {
    await world.nextFrames(100);
    await speakers.heard("ada");
    await speakers.heard("ben");
    const frames = await world.nextFrames(300);
    expect(isConsecutive(frames)).toBe(true);
    expect(frames.some(({ holding }) => holding)).toBe(false);
    const program = await decoded(frames.map(({ packet }) => packet));
    const adaHears = await decoded((await speakers.heard("ada")).map(({ payload }) => payload));
    const benHears = await decoded((await speakers.heard("ben")).map(({ payload }) => payload));
    expect(rmsDbfs(program)).toBeGreaterThan(-35);
    const [other, self] = [likeness(BEN_SAYS, adaHears), likeness(ADA_SAYS, adaHears)];
    expect(other).toBeGreaterThan(0.8);
    expect(self).toBeLessThan(other - 0.2);
    expect(likeness(ADA_SAYS, benHears)).toBeGreaterThan(0.8);
  });

  test("are followed by a second stage to the instant that their own reports name", async () => {
    world.update({ secondStageName: "stage-2" });
    const timing = () => world.timing;
    await expect.poll(timing, PATIENCE).toMatchObject({ term: 0, voices: [] });
    // By a clock that nobody else goes by.
    const sentAtMs = systemClock.nowMs();
    await speakers.report("ada", 1_000_000);
    await expect.poll(() => timing()?.voices.map(({ id }) => id), PATIENCE).toEqual([ADA]);
    const { frame, voices } = timing()!;
    const passedMs = frameTimeMs(world.snapshot.epochMs, frame) - sentAtMs;
    // What is heard was said a jitter buffer ago, and never lies ahead.
    const waitedMs = passedMs - (voices[0]!.capturedMs - 1_000_000);
    expect(waitedMs).toBeGreaterThan(0);
    expect(waitedMs).toBeLessThan(500);
  });

  test("hear nothing of themselves where nobody else speaks", async () => {
    world.mute(BEN);
    await world.nextFrames(50);
    await speakers.heard("ada");
    const frames = await world.nextFrames(200);
    const adaHears = await decoded((await speakers.heard("ada")).map(({ payload }) => payload));
    expect(rmsDbfs(await decoded(frames.map(({ packet }) => packet)))).toBeGreaterThan(-35);
    expect(rmsDbfs(adaHears.subarray(960))).toBeLessThan(-75);
  });

  test("get back RTP without holes", async () => {
    await world.nextFrames(100);
    const packets = await speakers.heard("ada");
    const steps = packets
      .slice(1)
      .map((packet, index) => [
        (packet.sequence - packets[index]!.sequence) & 0xffff,
        (packet.timestamp - packets[index]!.timestamp) >>> 0,
      ]);
    expect(new Set(steps.map(String))).toEqual(new Set(["1,960"]));
  });

  test("are silent from the moment they are muted", async () => {
    world.mute(ADA, BEN);
    await world.nextFrames(100);
    const frames = await world.nextFrames(50);
    expect(frames.every(({ holding }) => holding)).toBe(true);
    expect(world.activity?.speaking).toEqual([]);
    world.mute();
    await expect.poll(() => world.frames.at(-1)?.holding, PATIENCE).toBe(false);
  });

  test("lose their session when they are taken off the stage", async () => {
    world.update({ members: [testMember(BEN)] });
    await expect.poll(() => world.metric("speakers"), PATIENCE).toBe(1);
    await expect.poll(() => world.activity?.connected, PATIENCE).toEqual([BEN]);
    expect(await world.post(testOffer())).toMatchObject({ status: 403 });
  });

  test("leave with DELETE", async () => {
    await speakers.leave("ada");
    await expect.poll(() => world.metric("speakers"), PATIENCE).toBe(1);
    await expect.poll(() => world.activity?.connected, PATIENCE).toEqual([BEN]);
  });

  test("replace their own session with a newer one", async () => {
    await world.nextFrames(100);
    const from = world.frames.length;
    await speakers.connect("ada again", world.whipUrl, await tokenOf(ADA));
    await world.nextFrames(25);
    // It stands, but says nothing yet: the one that speaks goes on.
    expect(await world.metric("speakers")).toBe(3);
    await speakers.speak("ada again", 11, 110);
    await expect.poll(() => world.metric("speakers"), PATIENCE).toBe(2);
    await world.nextFrames(50);
    const frames = world.frames.slice(from);
    expect(isConsecutive(frames)).toBe(true);
    expect(frames.some(({ holding }) => holding)).toBe(false);
    expect(world.activity?.connected).toEqual([ADA, BEN].sort());
    await speakers.leave("ada again");
  });

  test("who send garbage disturb nobody", async () => {
    const before = world.frames.length;
    await speakers.sendGarbage("ada", 500);
    await world.nextFrames(100);
    expect(isConsecutive(world.frames.slice(before))).toBe(true);
    expect(world.activity?.connected).toContain(BEN);
    await speakers.heard("ada");
    await world.nextFrames(100);
    const adaHears = await decoded((await speakers.heard("ada")).map(({ payload }) => payload));
    expect(rmsDbfs(adaHears)).toBeGreaterThan(-40);
  });

  test("aren't disturbed by garbage on the UDP port", async () => {
    const before = world.frames.length;
    const socket = createSocket("udp4");
    const random = seededRandom(3);
    for (let index = 0; index < 500; index += 1) {
      const bytes = Uint8Array.from({ length: 1 + random() * 400 }, () => random() * 256);
      socket.send(bytes, world.stage.udpPort, "127.0.0.1");
    }
    await world.nextFrames(100);
    socket.close();
    expect(isConsecutive(world.frames.slice(before))).toBe(true);
    expect(world.activity?.connected).toHaveLength(2);
  });
});

describe("offers that aren't what they should be", () => {
  test("are refused in one line, and the stage goes on", async () => {
    const lines = testOffer().split("\r\n");
    const random = seededRandom(1);
    // One member alone would soon be told to wait.
    const crowd = world.addCrowd(10);
    for (let round = 0; round < 60; round += 1) {
      const at = Math.floor(random() * lines.length);
      const cut = lines.filter((_, index) => index !== at && random() > 0.1).join("\r\n");
      const response = await world.post(cut, crowd[round % crowd.length]);
      // Some lines may be missing without harm; all else is a bad SDP.
      expect([201, 422]).toContain(response.status);
    }
    expect(isConsecutive(await world.nextFrames(20))).toBe(true);
  });

  test("but pass our parser never harm the native library", async () => {
    const random = seededRandom(2);
    const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/";
    const text = (length: number) =>
      Array.from({ length }, () => letters[Math.floor(random() * 64)]).join("");
    const mids = ["0", "audio", "x".repeat(32), "!#$%&'*+-.^_`{|}~", "-1", "99999999999"];
    const roles = ["actpass", "active", "passive"];
    const types = [0, 1, 35, 63, 96, 111, 127];
    const crowd = world.addCrowd(10);
    for (let round = 0; round < 40; round += 1) {
      const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
      const type = pick(types);
      const response = await world.post(
        testOffer({
          replace: {
            "m=audio": `m=audio ${Math.floor(random() * 65_536)} UDP/TLS/RTP/SAVPF ${type}`,
            "a=rtpmap:111": `a=rtpmap:${type} OPUS/48000/2`,
            "a=mid": `a=mid:${pick(mids)}`,
            "a=ice-ufrag": `a=ice-ufrag:${text(pick([4, 32, 255, 256]))}`,
            "a=ice-pwd": `a=ice-pwd:${text(pick([22, 24, 255, 256]))}`,
            "a=setup": `a=setup:${pick(roles)}`,
            "a=sendrecv": pick(["a=sendrecv", "a=sendonly"]),
          },
        }),
        crowd[round % crowd.length],
      );
      expect([201, 503]).toContain(response.status);
    }
    expect(isConsecutive(await world.nextFrames(20))).toBe(true);
  });
});

test("a stage that comes back goes on with the line, on the same port", async () => {
  const { udpPort } = world.stage;
  await world.stage.close();
  const last = world.frames.at(-1)!.number;
  await world.startStage({ udpPort });
  const [next] = await world.nextFrames(1);
  expect(next!.number).toBeGreaterThan(last);
  const numbers = world.frames.map(({ number }) => number);
  expect(new Set(numbers).size).toBe(numbers.length);
});

test("a UDP port that is taken is said in one line, and doesn't end the process", async () => {
  const socket = createSocket("udp4");
  await new Promise<void>((done) => socket.bind(0, done));
  const udpPort = socket.address().port;
  await world.stage.close();
  await expect(world.startStage({ udpPort })).rejects.toMatchObject({ code: "port-in-use" });
  socket.close();
  await world.startStage({ udpPort });
});

test("an address to announce must be an IP address", async () => {
  await world.stage.close();
  const webrtc = { announcedAddresses: ["example.org"] };
  await expect(world.startStage(webrtc)).rejects.toMatchObject({ code: "bad-option" });
  await world.startStage();
});
