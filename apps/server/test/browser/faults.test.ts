import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  clearEars,
  findVoice,
  heardBy,
  joinStage,
  openSpace,
  Person,
  Recording,
  RostraProcess,
  speakLoop,
  WebSocketListener,
  writeWav,
} from "@rostra/testkit";
import { SAMPLE_RATE_HZ } from "@rostra/wire";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

const LOOP_SECONDS = 4;
const HEAR_SECONDS = 5;
/** A page that catches up plays a little faster: the voice is alike, not the same. */
const THE_VOICE = 0.7;
const WITHIN = { timeout: 30_000, interval: 50 };

describe("a live space, when a process is killed", () => {
  let folder: string;
  let rostra: RostraProcess;
  let ada: Person;
  let cy: Person;
  let spaceId: string;
  let voice: Float32Array;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "rostra-faults-"));
    rostra = await RostraProcess.start({ env: { ROSTRA_EDGES: "2" } });
    voice = await speakLoop(
      "Whatever happens to the machines, this voice should go on.",
      LOOP_SECONDS,
      { speed: 190 },
    );
    const wav = join(folder, "ada.wav");
    await writeWav(wav, voice);
    ada = await Person.arrive({ microphoneWav: wav });
    cy = await Person.arrive({ ears: true });
    spaceId = await openSpace(ada.page, rostra.url, "Hard to kill", "Ada");
    await joinStage(ada.page);
    await ada.page.getByRole("button", { name: "Go live" }).click();
    await cy.page.goto(`${rostra.url}/s/${spaceId}`);
    await cy.page.getByRole("button", { name: "Play" }).click();
    await vi.waitFor(async () => expect(await adaIsHeard()).toBe(true), WITHIN);
  });

  afterAll(async () => {
    await ada?.leave();
    await cy?.leave();
    await rostra?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function adaIsHeard(): Promise<boolean> {
    const frames = new WebSocketListener(rostra.url, spaceId);
    try {
      await vi.waitFor(() => expect(frames.frames.length).toBeGreaterThan(60), WITHIN);
      return frames.frames.at(-1)?.holding === false;
    } finally {
      frames.close();
    }
  }

  /** As the latest word of the space has it. */
  function isAdaMutedFor({ events }: WebSocketListener): boolean | undefined {
    const spaces = events.flatMap((event) =>
      event.type === "welcome" || event.type === "space" ? [event.space] : [],
    );
    return spaces.at(-1)?.members[0]?.muted;
  }

  /** What reaches Cy's loudspeaker from now on must be Ada's voice. */
  async function expectCyToHearAda(): Promise<void> {
    await clearEars(cy.page);
    await vi.waitFor(
      async () => {
        const heard = await heardBy(cy.page, "speaker");
        expect(heard.length).toBeGreaterThan(HEAR_SECONDS * SAMPLE_RATE_HZ);
        const latest = heard.subarray(heard.length - HEAR_SECONDS * SAMPLE_RATE_HZ);
        expect(findVoice(latest, voice).correlation).toBeGreaterThan(THE_VOICE);
      },
      { timeout: 60_000, interval: 400 },
    );
  }

  it("the stage: its speaker is back by herself, listeners stay and the numbers go on", async () => {
    const listener = new WebSocketListener(rostra.url, spaceId);
    await vi.waitFor(() => expect(listener.frames.length).toBeGreaterThan(60), WITHIN);
    rostra.kill("stage-1");
    await vi.waitFor(() => expect(listener.frames.at(-1)!.holding).toBe(true), WITHIN);
    await vi.waitFor(() => expect(listener.frames.at(-1)!.holding).toBe(false), WITHIN);
    await expectCyToHearAda();
    expect(listener.open).toBe(true);
    listener.close();
    expect(listener.missing).toEqual([]);
    expect(listener.repeated).toEqual([]);
  });

  it("every edge: the listener's page is back by itself", async () => {
    rostra.kill("edge-1");
    rostra.kill("edge-2");
    await expectCyToHearAda();
  });

  it("control: nobody hears anything of it", async () => {
    const file = join(folder, "control.wav");
    const recording = new Recording(`${rostra.url}/live/${spaceId}.ogg`, file, HEAR_SECONDS + 2);
    const listener = new WebSocketListener(rostra.url, spaceId);
    await vi.waitFor(() => expect(listener.frames.length).toBeGreaterThan(60), WITHIN);
    const atDeath = listener.frames.length;
    const before = rostra.kill("control-1");
    const heard = await recording.samples();
    await vi.waitFor(() => expect(rostra.rolePid("control-1")).not.toBe(before), WITHIN);
    expect(findVoice(heard, voice).correlation).toBeGreaterThan(THE_VOICE);
    listener.close();
    expect(listener.missing).toEqual([]);
    expect(listener.frames.slice(atDeath).every((frame) => !frame.holding)).toBe(true);
    await expectCyToHearAda();
  });

  it("mute is kept through a killed stage: who was muted comes back muted", async () => {
    await ada.page.getByRole("button", { name: "Mute", exact: true }).click();
    await ada.page.getByRole("button", { name: "Unmute" }).waitFor();
    const early = new WebSocketListener(rostra.url, spaceId);
    // Her page shows it at once; that it is so for everybody takes a moment.
    await vi.waitFor(() => expect(isAdaMutedFor(early)).toBe(true), WITHIN);
    early.close();
    const before = rostra.kill("stage-1");
    await vi.waitFor(() => expect(rostra.rolePid("stage-1")).not.toBe(before), WITHIN);
    const listener = new WebSocketListener(rostra.url, spaceId);
    await vi.waitFor(() => {
      const stages = listener.events.flatMap((event) =>
        event.type === "welcome" || event.type === "stage" ? [event.stage] : [],
      );
      expect(stages.at(-1)?.connected).toHaveLength(1);
    }, WITHIN);
    expect(isAdaMutedFor(listener)).toBe(true);
    const back = listener.frames.length;
    await vi.waitFor(() => expect(listener.frames.length).toBeGreaterThan(back + 100), WITHIN);
    const stages = listener.events.flatMap((event) =>
      event.type === "stage" ? [event.stage] : [],
    );
    expect(stages.every((stage) => stage.speaking.length === 0)).toBe(true);
    listener.close();
    await ada.page.getByRole("button", { name: "Unmute" }).click();
    await expectCyToHearAda();
  });
});
