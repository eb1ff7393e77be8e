import { join } from "node:path";
import { loadOpus } from "@rostra/sound";
import {
  findVoice,
  invitationLink,
  joinStage,
  openSpace,
  PairedSpeaker,
  Person,
  SmallFleet,
  speakLoop,
  TestApi,
  type TestGuest,
  WebSocketListener,
  writeWav,
} from "@rostra/testkit";
import { FRAMES_PER_SECOND, type ProgramFrame, SAMPLE_RATE_HZ } from "@rostra/wire";
import { afterAll, beforeAll, expect, it } from "vitest";

// A space on two stages. Ada speaks from a real browser, Bo whispers to her from both stages' point
// of view, somebody listens at an edge; then the first stage is killed.

const WITHIN = { timeout: 20_000, interval: 50 };
/** 0.98 where the machine has nothing else to do, a wrong voice 0.4. */
const ALIKE = 0.8;
const HEARD_FRAMES = 5 * FRAMES_PER_SECOND;

let fleet: SmallFleet;
let edgeUrl: string;
let ada: Person;
let bo: PairedSpeaker;
let listening: WebSocketListener | undefined;

beforeAll(async () => {
  fleet = await SmallFleet.begin();
  for (const name of ["stage-1", "stage-2"]) await fleet.start("stage", name);
  await fleet.start("control", "control-1");
  edgeUrl = await fleet.startEdge("edge-1");
}, 60_000);

afterAll(async () => {
  listening?.close();
  bo?.stop();
  await ada?.leave();
  await fleet?.stop();
});

/** How loud the page's audio elements are, all that aren't muted, 50 times a second. */
function installGauge(): void {
  const gauge: [atMs: number, rms: number, audible: number][] = [];
  const analysers = new Map<HTMLMediaElement, AnalyserNode>();
  const { prototype } = HTMLMediaElement;
  const srcObject = Object.getOwnPropertyDescriptor(prototype, "srcObject")!;
  let context: AudioContext | undefined;
  Object.defineProperty(prototype, "srcObject", {
    ...srcObject,
    set(this: HTMLMediaElement, stream: MediaStream | null) {
      analysers.get(this)?.disconnect();
      analysers.delete(this);
      if (stream !== null) {
        context ??= new AudioContext();
        const analyser = new AnalyserNode(context, { fftSize: 1_024 });
        context.createMediaStreamSource(stream).connect(analyser);
        analysers.set(this, analyser);
      }
      srcObject.set!.call(this, stream);
    },
  });
  const samples = new Float32Array(1_024);
  setInterval(() => {
    const heard = [...analysers].filter(([element]) => !element.muted && !element.paused);
    let energy = 0;
    for (const [, analyser] of heard) {
      analyser.getFloatTimeDomainData(samples);
      for (const sample of samples) energy += sample * sample;
    }
    const rms = Math.sqrt(energy / samples.length);
    gauge.push([performance.timeOrigin + performance.now(), rms, heard.length]);
  }, 20);
  Object.assign(window, { rostraGauge: gauge });
}

/** All words that the console has shown since they were last forgotten. */
function installWords(): void {
  const words = new Set<string>();
  const look = () => words.add(document.querySelector(".console")?.textContent ?? "");
  setInterval(look, 50);
  Object.assign(window, { rostraWords: words });
}

interface Gauge {
  /** Longest time without sound, ms. */
  readonly silentMs: number;
  /** How many elements sounded at once at most. */
  readonly audible: number;
}

async function gaugeSince(page: Person["page"], fromMs: number): Promise<Gauge> {
  return page.evaluate((since) => {
    const { rostraGauge } = window as unknown as { rostraGauge: [number, number, number][] };
    let [silentMs, lastMs, audible] = [0, since, 0];
    for (const [atMs, rms, count] of rostraGauge) {
      if (atMs < since) continue;
      audible = Math.max(audible, count);
      if (rms < 0.003) continue;
      silentMs = Math.max(silentMs, atMs - lastMs);
      lastMs = atMs;
    }
    return { silentMs, audible };
  }, fromMs);
}

/** Who the page says that its person is. */
async function guestOf(page: Person["page"]): Promise<TestGuest> {
  const kept = await page.evaluate(() => localStorage.getItem("rostra.identity"));
  return JSON.parse(kept ?? "null") as TestGuest;
}

/** A tone of 100 ms each 160 ms: a silence longer than that is a hole. */
function beeps(): Float32Array {
  return Float32Array.from({ length: 2 * SAMPLE_RATE_HZ }, (_, i) => {
    const level = (i / SAMPLE_RATE_HZ) % 0.16 < 0.1 ? 0.3 : 0;
    return level * Math.sin((i * 700 * 2 * Math.PI) / SAMPLE_RATE_HZ);
  });
}

async function likeness(frames: readonly ProgramFrame[], voice: Float32Array): Promise<number> {
  const decoder = await (await loadOpus()).createDecoder();
  const pcm = frames.map(({ packet }) => decoder.decode(packet).slice());
  decoder.close();
  const samples = new Float32Array(pcm.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pcm) {
    samples.set(piece, at);
    at += piece.length;
  }
  return findVoice(samples, voice).correlation;
}

/**
 * Until a voice is heard. An edge that finds itself busy may ask newcomers to come again a little later,
 * which a browser does by itself; so does this listener.
 */
async function listen(spaceId: string): Promise<WebSocketListener> {
  const isAway = () => listening === undefined || listening.closeCode !== undefined;
  await expect
    .poll(
      () => {
        if (isAway()) listening = new WebSocketListener(edgeUrl, spaceId);
        const { frames, events, closeCode } = listening!;
        // What it was told instead says why there is nothing.
        return frames.at(-1)?.holding ?? `closed: ${closeCode}, told: ${JSON.stringify(events)}`;
      },
      { timeout: 60_000, interval: 500 },
    )
    .toBe(false);
  return listening!;
}

it("a stage is killed under a browser that speaks: nobody misses a frame, and the page shows nothing", async () => {
  const voice = await speakLoop("Two stages hear this, and one of them is about to go.", 4);
  const wav = join(fleet.folder, "ada.wav");
  await writeWav(wav, voice);
  ada = await Person.arrive({ microphoneWav: wav });
  await ada.page.addInitScript(installGauge);
  await ada.page.addInitScript(installWords);
  const spaceId = await openSpace(ada.page, edgeUrl, "On two stages", "Ada");
  await joinStage(ada.page);
  const api = new TestApi(edgeUrl);
  const guest = await api.guest("Bo");
  const link = new URL(await invitationLink(ada.page));
  const invitation = link.searchParams.get("invitation");
  await api.call("POST", `/spaces/${spaceId}/stage`, guest.token, { invitation });
  // Off air: the program is Ada's alone, and what Ada hears is Bo's.
  await api.changeMember(await guestOf(ada.page), spaceId, guest, { role: "cohost" });
  await api.changeMember(guest, spaceId, guest, { channel: "whisper", muted: false });
  bo = await PairedSpeaker.join([edgeUrl], spaceId, guest.token, beeps());
  await ada.page.getByRole("button", { name: "Go live" }).click();
  const listener = await listen(spaceId);
  await expect.poll(() => bo.received.size, WITHIN).toBe(2);
  await ada.page.getByText("Two stages hear you").waitFor();
  const lately = async () => {
    const frames = listener.frames.slice(-HEARD_FRAMES);
    return frames.length < HEARD_FRAMES ? 0 : likeness(frames, voice);
  };
  // A browser that begins has much to do, and a microphone from a file stutters then.
  const settles = { timeout: 40_000, interval: 1_000 };
  await expect.poll(lately, settles).toBeGreaterThan(ALIKE);
  const settledFrom = listener.frames.length;
  const before = await lately();
  const quiet = await gaugeSince(ada.page, performance.timeOrigin + performance.now() - 3_000);

  const space = listener.events.find((event) => event.type === "welcome")!.space;
  await ada.page.evaluate(() =>
    (window as unknown as { rostraWords: Set<string> }).rostraWords.clear(),
  );
  const killedAtMs = performance.timeOrigin + performance.now();
  await fleet.process(space.stageName!).kill();
  const after = listener.frames.length + FRAMES_PER_SECOND;
  await expect.poll(() => listener.frames.length, WITHIN).toBeGreaterThan(after + HEARD_FRAMES);

  const around = await gaugeSince(ada.page, killedAtMs - 200);
  await expect.poll(lately, settles).toBeGreaterThan(ALIKE);
  const likenesses = [before, await lately()];
  const words = await ada.page.evaluate(() => [
    ...(window as unknown as { rostraWords: Set<string> }).rostraWords,
  ]);
  process.stdout.write(
    `as like as ${likenesses.map((one) => one.toFixed(3)).join(", then ")}; ` +
      `longest silence at the speaker's ear ${Math.round(around.silentMs)} ms ` +
      `(${Math.round(quiet.silentMs)} ms before)\n`,
  );
  expect([listener.missing, listener.repeated]).toEqual([[], []]);
  expect(listener.frames.slice(settledFrom).filter(({ holding }) => holding)).toEqual([]);
  expect(around.silentMs).toBeLessThan(1_000);
  expect(around.audible).toBe(1);
  expect(words.length).toBeGreaterThan(0);
  expect(words.filter((word) => /reconnect|error|failed|can.t be/i.test(word))).toEqual([]);
  expect(ada.problems).toEqual([]);
}, 120_000);
