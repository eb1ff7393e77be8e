import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HOLDING_DBFS, loadOpus, rmsDbfs } from "@rostra/sound";
import {
  acceptInvitation,
  findVoice,
  joinStage,
  openSpace,
  Person,
  Recording,
  RostraProcess,
  StageSocketClient,
  speak,
  TestApi,
  TurnServer,
  WebSocketListener,
  writeWav,
} from "@rostra/testkit";
import { FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE_HZ } from "@rostra/wire";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

// Networks that let no packet through from a browser to the stage. What such a network does to ICE
// is done by the browser itself: it may use relays alone, so all other candidates are refused.

const SENTENCE = "Whatever stands between us, this sentence is going to arrive.";
/** The sentence once over, without the second before. */
const RECORD_SECONDS = 6;
const TONE_HZ = 700;
const SECRET = "north-by-northwest";
const WITHIN = { timeout: 20_000, interval: 50 };

let folder: string;
let wav: string;
let voice: Float32Array;
let rostra: RostraProcess;
let people: Person[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rostra-networks-"));
  wav = join(folder, "voice.wav");
  voice = await speak(SENTENCE);
  await writeWav(wav, voice);
  people = [];
  rostra = await RostraProcess.start();
});
afterEach(async () => {
  for (const person of people.splice(0)) await person.leave();
});
afterAll(async () => {
  expect(await rostra?.stop()).toBe(0);
  await rm(folder, { recursive: true });
});

/** Somebody from whose browser only what a TURN server relays gets out by UDP. */
async function behindWall(): Promise<Person> {
  const person = await Person.arrive({ microphoneWav: wav });
  people.push(person);
  await person.page.addInitScript(() => {
    const Real = RTCPeerConnection;
    class RelayOnly extends Real {
      constructor(config: RTCConfiguration) {
        super({ ...config, iceTransportPolicy: "relay" });
      }
    }
    Object.assign(window, { RTCPeerConnection: RelayOnly });
  });
  return person;
}

function countBinary(person: Person): { readonly sent: number } {
  const count = { sent: 0 };
  person.page.on("websocket", (socket) =>
    socket.on("framesent", ({ payload }) => {
      if (typeof payload !== "string") count.sent += 1;
    }),
  );
  return count;
}

describe("somebody whom UDP doesn't reach", () => {
  it("is on stage by WebSocket in less than three seconds, and heard", async () => {
    const ada = await behindWall();
    const overSocket = countBinary(ada);
    const spaceId = await openSpace(ada.page, rostra.url, "Behind a wall", "Ada");
    await ada.page.getByRole("button", { name: "Join the stage" }).waitFor();
    const fromMs = performance.now();
    await joinStage(ada.page);
    const tookMs = performance.now() - fromMs;
    process.stdout.write(`UDP blocked: on stage after ${Math.round(tookMs)} ms\n`);
    await ada.page.getByRole("button", { name: "Go live" }).click();
    const listener = new WebSocketListener(rostra.url, spaceId);
    await expect.poll(() => listener.frames.at(-1)?.holding, WITHIN).toBe(false);
    const heard = await new Recording(
      `${rostra.url}/live/${spaceId}.ogg`,
      join(folder, "heard.wav"),
      RECORD_SECONDS,
    ).samples();
    listener.close();
    expect(overSocket.sent).toBeGreaterThan(150);
    expect(tookMs).toBeLessThan(3_000);
    const alike = findVoice(heard.subarray(SAMPLE_RATE_HZ), voice).correlation;
    process.stdout.write(`as like as ${alike.toFixed(2)}\n`);
    // 0.95 where the machine has nothing else to do.
    expect(alike).toBeGreaterThan(0.85);
    expect(rmsDbfs(heard.subarray(SAMPLE_RATE_HZ))).toBeGreaterThan(HOLDING_DBFS + 10);
    expect(ada.problems).toEqual([]);
  });

  it("hears the others by WebSocket, in an audio element as by WebRTC", async () => {
    const api = new TestApi(rostra.url);
    const host = await api.guest("Bea");
    const space = await api.openSpace(host, "Both by socket");
    const bea = new StageSocketClient(rostra.url, space.id, { token: host.token, audio: true });
    await expect.poll(() => bea.session, WITHIN).toBeDefined();
    const stopTone = await sayTone(bea);
    const ada = await behindWall();
    await ada.page.addInitScript(() => {
      const played = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "srcObject")!;
      Object.defineProperty(HTMLMediaElement.prototype, "srcObject", {
        ...played,
        set(stream: MediaStream | null) {
          if (stream !== null) Object.assign(window, { playedStream: stream });
          played.set!.call(this, stream);
        },
      });
    });
    const overSocket = countBinary(ada);
    const { invitation } = await api.call<{ invitation: string }>(
      "POST",
      `/spaces/${space.id}/invitations`,
      host.token,
      { role: "speaker" },
    );
    const link = `${rostra.url}/s/${space.id}?invitation=${encodeURIComponent(invitation)}`;
    await acceptInvitation(ada.page, link, "Ada");
    await expect.poll(() => overSocket.sent, WITHIN).toBeGreaterThan(50);
    await expect.poll(() => loudestHz(ada), WITHIN).toBeGreaterThan(TONE_HZ - 30);
    expect(await loudestHz(ada)).toBeLessThan(TONE_HZ + 30);
    stopTone();
    bea.close();
  });

  it("comes by WebRTC through a TURN server where there is one", async () => {
    const turn = await TurnServer.start(SECRET);
    try {
      await rostra.stop();
      rostra = await RostraProcess.start({
        env: { ROSTRA_TURN_URLS: turn.url, ROSTRA_TURN_SECRET: SECRET },
      });
      const ada = await behindWall();
      const overSocket = countBinary(ada);
      const spaceId = await openSpace(ada.page, rostra.url, "By relay", "Ada");
      await joinStage(ada.page);
      await ada.page.getByRole("button", { name: "Go live" }).click();
      const listener = new WebSocketListener(rostra.url, spaceId);
      await expect.poll(() => listener.frames.at(-1)?.holding, WITHIN).toBe(false);
      listener.close();
      // The browser uses relays alone: what doesn't go by the socket went through coturn.
      expect(overSocket.sent).toBe(0);
      expect(ada.problems).toEqual([]);
    } finally {
      await turn.stop();
    }
  });
});

/** It comes and goes: a tone that stays is what the stage takes for a howl, and ducks. */
const TONE_ON_FRAMES = 5;
const TONE_OFF_FRAMES = 3;

/** Says a tone in real time. @returns stops it */
async function sayTone(client: StageSocketClient): Promise<() => void> {
  const encoder = await (await loadOpus()).createEncoder({ bitrate: 32_000 });
  const startMs = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    for (; sent * FRAME_MS < performance.now() - startMs; sent += 1) {
      const from = sent * FRAME_SAMPLES;
      const level = sent % (TONE_ON_FRAMES + TONE_OFF_FRAMES) < TONE_ON_FRAMES ? 0.3 : 0;
      const pcm = Float32Array.from(
        { length: FRAME_SAMPLES },
        (_, i) => level * Math.sin(((from + i) * TONE_HZ * 2 * Math.PI) / SAMPLE_RATE_HZ),
      );
      client.send(encoder.encode(pcm), from);
    }
  }, FRAME_MS / 2);
  return () => {
    clearInterval(timer);
    encoder.close();
  };
}

/** Of what the page's audio element plays; 0 in silence. */
async function loudestHz(person: Person): Promise<number> {
  return person.page.evaluate(async () => {
    const { playedStream } = window as unknown as { playedStream?: MediaStream };
    if (playedStream === undefined) return 0;
    const context = new AudioContext();
    const analyser = new AnalyserNode(context, { fftSize: 8_192 });
    context.createMediaStreamSource(playedStream).connect(analyser);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const decibels = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(decibels);
    await context.close();
    const loudest = decibels.indexOf(Math.max(...decibels));
    return decibels[loudest]! > -60 ? (loudest * context.sampleRate) / analyser.fftSize : 0;
  });
}
