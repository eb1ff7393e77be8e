import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  acceptInvitation,
  clearEars,
  findVoice,
  fitVoices,
  giveEars,
  heardBy,
  invitationLink,
  joinStage,
  openSpace,
  Person,
  Recording,
  RostraProcess,
  speak,
  voiceAt,
  writeWav,
} from "@rostra/testkit";
import { SAMPLE_RATE_HZ } from "@rostra/wire";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

/** Both voices say their piece over and over; equal lengths keep their sum periodic. */
const LOOP_SECONDS = 8;
const RECORD_SECONDS = 16;
const WITHIN = { timeout: 30_000, interval: 250 };

async function loopOf(text: string, voice: string): Promise<Float32Array> {
  const loop = new Float32Array(LOOP_SECONDS * SAMPLE_RATE_HZ);
  const spoken = await speak(text, { voice });
  loop.set(spoken.subarray(0, loop.length));
  return loop;
}

describe("two people speak in their browsers, a third listens, and players record", () => {
  let folder: string;
  let rostra: RostraProcess;
  let ada: Person;
  let bo: Person;
  let cy: Person;
  let spaceId: string;
  let adaVoice: Float32Array;
  let boVoice: Float32Array;
  const recordings = new Map<string, Recording>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "rostra-path-"));
    rostra = await RostraProcess.start();
    adaVoice = await loopOf(
      "The quick brown fox jumps over the lazy dog. Then it rests, and looks at the evening sky.",
      "en-us",
    );
    boVoice = await loopOf(
      "Seven ships sail slowly south. Nobody on the shore knows where they are bound tonight.",
      "en-gb+f3",
    );
    const [adaWav, boWav] = [join(folder, "ada.wav"), join(folder, "bo.wav")];
    await writeWav(adaWav, adaVoice);
    await writeWav(boWav, boVoice);
    ada = await Person.arrive({ microphoneWav: adaWav });
    bo = await Person.arrive({ microphoneWav: boWav });
    cy = await Person.arrive();
    for (const person of [ada, bo, cy]) await giveEars(person.page);

    spaceId = await openSpace(ada.page, rostra.url, "An evening by the sea", "Ada");
    await joinStage(ada.page);
    await acceptInvitation(bo.page, await invitationLink(ada.page), "Bo");
    await ada.page.getByRole("button", { name: "Go live" }).click();
    await cy.page.goto(`${rostra.url}/s/${spaceId}`);
    await cy.page.getByRole("button", { name: "Play" }).click();
    for (const path of [`${spaceId}.ogg`, `${spaceId}.aac`, `${spaceId}/index.m3u8`]) {
      const file = join(folder, `${path.replace(/\W/g, "-")}.wav`);
      recordings.set(path, new Recording(`${rostra.url}/live/${path}`, file, RECORD_SECONDS));
    }
    for (const person of [ada, bo, cy]) await clearEars(person.page);
    for (const recording of recordings.values()) await recording.samples();
  });

  afterAll(async () => {
    for (const person of [ada, bo, cy]) await person?.leave();
    expect(await rostra?.stop()).toBe(0);
    await rm(folder, { recursive: true, force: true });
  });

  it.each([".ogg", ".aac", "/index.m3u8"])("both are heard in %s", async (ending) => {
    const recording = recordings.get(`${spaceId}${ending}`)!;
    const heard = await recording.samples();
    expect(recording.complaints).toBe("");
    expect(heard.length / SAMPLE_RATE_HZ).toBeGreaterThan(RECORD_SECONDS - 0.5);
    // What was said before the recording began is not in question: leave the first half second.
    const fit = fitVoices(heard.subarray(SAMPLE_RATE_HZ / 2), adaVoice, boVoice);
    expect(fit.correlation).toBeGreaterThan(0.95);
    expect(Math.min(...fit.gains)).toBeGreaterThan(0.3);
  });

  it("both are heard in the listener's browser", async () => {
    const heard = await heardBy(cy.page, "speaker");
    const fit = fitVoices(heard.subarray(SAMPLE_RATE_HZ), adaVoice, boVoice);
    expect(fit.correlation).toBeGreaterThan(0.95);
    expect(Math.min(...fit.gains)).toBeGreaterThan(0.3);
  });

  it("each speaker hears the other, and not themself", async () => {
    const ogg = await recordings.get(`${spaceId}.ogg`)!.samples();
    const [adaPhase, boPhase] = fitVoices(ogg, adaVoice, boVoice).phasesMs as [number, number];
    for (const [person, own, other, apartMs] of [
      [ada, adaVoice, boVoice, adaPhase - boPhase],
      [bo, boVoice, adaVoice, boPhase - adaPhase],
    ] as const) {
      const all = await heardBy(person.page, "remote");
      const heard = all.subarray(SAMPLE_RATE_HZ);
      const found = findVoice(heard, other);
      expect(found.correlation).toBeGreaterThan(0.9);
      expect(voiceAt(heard, own, found.phaseMs + apartMs, 300)).toBeLessThan(0.3);
    }
  });

  it("the pages say what is: who is there, that it is live, and how many listen", async () => {
    await vi.waitFor(async () => {
      const text = (await cy.page.locator("main").textContent()) ?? "";
      for (const word of ["An evening by the sea", "Ada", "Bo", "live"]) {
        expect(text.toLowerCase()).toContain(word.toLowerCase());
      }
    }, WITHIN);
    for (const person of [ada, bo, cy]) expect(person.problems).toEqual([]);
  });
});
