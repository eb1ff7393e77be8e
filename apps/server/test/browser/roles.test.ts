import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  clearEars,
  findVoice,
  fitVoices,
  gainsOf,
  heardBy,
  joinStage,
  openSpace,
  Person,
  Radio,
  RostraProcess,
  speakLoop,
  type VoiceFit,
  WebSocketListener,
  writeWav,
} from "@rostra/testkit";
import { SAMPLE_RATE_HZ } from "@rostra/wire";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

/** Both voices say their piece over and over; equal lengths keep their sum periodic. */
const LOOP_SECONDS = 4;
/** A whole loop, and a little more. */
const LISTEN_SECONDS = 4.5;
/** That somebody isn't there takes longer to tell from the rhythm that two voices share. */
const ABSENT_SECONDS = 5.5;
/** From a press to the radio at most: a second's chunk of a busy edge with what it keeps in hand, the
 * stage's buffers, and ffmpeg's own. */
const WAY_SECONDS = 2.5;
/**
 * What is heard of somebody, as a share of the other's loudness; both are levelled alike. On air it
 * is about 0.9; the rhythm that any two voices share makes 0.3 of one who isn't there.
 */
const HEARD = 0.6;
const NOT_HEARD = 0.5;
/** Of what is heard with the sum of both voices: one of them alone gives 0.8 at most. */
const ALIKE = 0.85;
/** Where browsers starve a microphone, it is listened for again, so much later. */
const AGAIN_SECONDS = 1;
const ATTEMPTS = 20;
const WITHIN = { timeout: 30_000, interval: 100 };

describe("a space whose roles change", () => {
  let folder: string;
  let rostra: RostraProcess;
  let radio: Radio;
  let ada: Person;
  let bo: Person;
  let spaceId: string;
  let adaVoice: Float32Array;
  let boVoice: Float32Array;
  /** How much further Bo is in his loop than Ada in hers, ms; known once both were heard. */
  let apartMs: number;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "rostra-roles-"));
    rostra = await RostraProcess.start();
    adaVoice = await speakLoop(
      "The lighthouse keeper counts every ship that passes by.",
      LOOP_SECONDS,
      { voice: "en-us" },
    );
    boVoice = await speakLoop(
      "Seven ships sail slowly south, and nobody knows why.",
      LOOP_SECONDS,
      { voice: "en-gb+f3" },
    );
    const [adaWav, boWav] = [join(folder, "ada.wav"), join(folder, "bo.wav")];
    await writeWav(adaWav, adaVoice);
    await writeWav(boWav, boVoice);
    [ada, bo] = (await Promise.all(
      [adaWav, boWav].map((microphoneWav) => Person.arrive({ microphoneWav, ears: true })),
    )) as [Person, Person];
    spaceId = await openSpace(ada.page, rostra.url, "Changing places", "Ada");
    await joinStage(ada.page);
    await button(ada, "Go live").click();
    radio = new Radio(`${rostra.url}/live/${spaceId}.ogg`);
    await bo.page.goto(`${rostra.url}/s/${spaceId}`);
    await button(bo, "Play").click();
  });

  afterAll(async () => {
    radio?.close();
    for (const person of [ada, bo]) await person?.leave();
    await rostra?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  function button({ page }: Person, name: string | RegExp) {
    return page.getByRole("button", { name, exact: typeof name === "string" });
  }

  /** What a radio player hears of what happens from now on. */
  function onTheOgg(): Promise<Float32Array> {
    return radio.from(radio.place + WAY_SECONDS * SAMPLE_RATE_HZ, ABSENT_SECONDS);
  }

  /**
   * Both are heard, wherever in their loops, as soon as they are: a machine that is busy may need
   * more than one listening. From then on their places are known.
   */
  async function expectBoOnAir(): Promise<void> {
    let from = radio.place + WAY_SECONDS * SAMPLE_RATE_HZ;
    let fit: VoiceFit | undefined;
    for (let attempt = 0; attempt < ATTEMPTS && !isBoIn(fit); attempt += 1) {
      fit = fitVoices(await radio.from(from, LISTEN_SECONDS), adaVoice, boVoice);
      from += AGAIN_SECONDS * SAMPLE_RATE_HZ;
    }
    const [adaPhase, boPhase] = fit!.phasesMs;
    process.stdout.write(
      `Bo on air: ${shareOf(fit!.gains).toFixed(2)} of Ada, ${boPhase! - adaPhase!} ms apart, ` +
        `correlation ${fit!.correlation.toFixed(3)}\n`,
    );
    expect(isBoIn(fit)).toBe(true);
    apartMs = boPhase! - adaPhase!;
  }

  function isBoIn(fit: VoiceFit | undefined): boolean {
    return fit !== undefined && fit.correlation > ALIKE && shareOf(fit.gains) > HEARD;
  }

  /** How loud Bo is in what a player hears, as a share of Ada, who speaks all the time. */
  function shareOf([adaGain, boGain]: readonly number[]): number {
    return boGain! / adaGain!;
  }

  async function expectBoOffAir(): Promise<void> {
    const share = shareOf(gainsOf(await onTheOgg(), adaVoice, boVoice, apartMs));
    process.stdout.write(`Bo off air: ${share.toFixed(2)} of Ada\n`);
    expect(share).toBeLessThan(NOT_HEARD);
  }

  /** Opens what a host may do about Bo, and does it. */
  async function about(name: string, action: string): Promise<void> {
    await button(ada, `More about ${name}`).click();
    await ada.page.getByRole("dialog").getByRole("button", { name: action, exact: true }).click();
  }

  async function unmute(person: Person): Promise<void> {
    await button(person, "Unmute").click();
    await button(person, "Mute").waitFor();
  }

  function markPage(page: Person["page"]): Promise<void> {
    return page.evaluate(() => {
      document.documentElement.dataset["sameRoom"] = "yes";
    });
  }

  async function expectSamePage(page: Person["page"]): Promise<void> {
    expect(await page.evaluate(() => document.documentElement.dataset["sameRoom"])).toBe("yes");
  }

  it("a listener raises a hand, is invited, and speaks without a reload", async () => {
    await markPage(bo.page);
    await button(bo, "Raise a hand").click();
    await bo.page.getByRole("textbox", { name: "Your name" }).fill("Bo");
    await button(bo, "Raise your hand").click();
    await button(bo, "Lower your hand").waitFor();
    await button(ada, "Invite Bo on stage").click();
    await button(bo, "Accept").click();
    // On air by a press of their own alone: who comes on stage of a live space is muted.
    await button(bo, "Unmute").waitFor();
    await unmute(bo);
    await expectBoOnAir();
    await expectSamePage(bo.page);
  });

  it("who is muted by the host is heard again by their own press only", async () => {
    await button(ada, "Mute Bo").click();
    await button(bo, "Unmute").waitFor();
    await bo.page.locator(".tally__meaning", { hasText: "You were muted" }).waitFor();
    await expectBoOffAir();
    await unmute(bo);
    await expectBoOnAir();
  });

  it("a locked microphone stays muted until the host lets go, and then still", async () => {
    await about("Bo", "Mute and lock the microphone");
    await vi.waitFor(async () => {
      expect(await button(bo, "Locked by the host").isDisabled()).toBe(true);
    }, WITHIN);
    await bo.page.keyboard.press("m");
    await expectBoOffAir();
    await about("Bo", "Let Bo unmute");
    await button(bo, "Unmute").waitFor();
    await unmute(bo);
    await expectBoOnAir();
  });

  it("who was sent backstage is off air, and comes back muted", async () => {
    await about("Bo", "Send backstage");
    await vi.waitFor(async () => expect(await bo.page.getByText("Backstage").count()).not.toBe(0));
    await expectBoOffAir();
    await about("Bo", "Bring on air, muted");
    await button(bo, "Unmute").waitFor();
    await expectBoOffAir();
    await unmute(bo);
    await expectBoOnAir();
  });

  it("a whisper reaches the other host, and not one frame of the program", async () => {
    await about("Bo", "Make co-host");
    await button(bo, "Hold to whisper").waitFor();
    await button(ada, "Mute").click();
    await button(ada, "Unmute").waitFor();
    await bo.page.locator("body").press("Escape");
    await bo.page.keyboard.down("w");
    await button(bo, "Whispering").waitFor();
    const listener = new WebSocketListener(rostra.url, spaceId);
    // What was said on air just before, and the way from there to the holding sound.
    await vi.waitFor(() => expect(listener.frames.length).toBeGreaterThan(150), WITHIN);
    const from = listener.frames.length;
    await clearEars(ada.page);
    const program = await onTheOgg();
    const whispered = await heardBy(ada.page, "remote");
    listener.close();
    await bo.page.keyboard.up("w");
    expect(findVoice(whispered, boVoice).correlation).toBeGreaterThan(0.8);
    // The holding loop as it is stored, packet by packet: nothing was mixed at all.
    expect(listener.frames.slice(from).every((frame) => frame.holding)).toBe(true);
    const noise = new Float32Array(boVoice.length).map(() => Math.random() - 0.5);
    const chance = findVoice(noise, boVoice).correlation;
    expect(findVoice(program, boVoice).correlation).toBeLessThan(Math.max(0.4, chance));
    await button(bo, "Mute").waitFor();
    await unmute(ada);
    await expectBoOnAir();
  });

  it("who steps down listens on, on the same page", async () => {
    await about("Bo", "Make speaker");
    await button(bo, "Leave the stage").click();
    await bo.page.getByRole("dialog").getByRole("button", { name: "Leave", exact: true }).click();
    await button(bo, "Raise a hand").waitFor();
    await expectBoOffAir();
    await expectSamePage(bo.page);
    await clearEars(bo.page);
    await vi.waitFor(
      async () => {
        const heard = await heardBy(bo.page, "speaker");
        const from = heard.length - LISTEN_SECONDS * SAMPLE_RATE_HZ;
        expect(from).toBeGreaterThan(0);
        expect(findVoice(heard.subarray(from), adaVoice).correlation).toBeGreaterThan(0.7);
      },
      { timeout: 40_000, interval: 500 },
    );
  });

  it("who is blocked is off the stage at once, and can't raise a hand again", async () => {
    await button(bo, "Raise a hand").click();
    await button(ada, "Invite Bo on stage").click();
    await button(bo, "Accept").click();
    await unmute(bo);
    await expectBoOnAir();
    await about("Bo", "Block from this space");
    await ada.page.getByRole("dialog").getByRole("button", { name: "Block", exact: true }).click();
    await button(bo, "Raise a hand").waitFor();
    await expectBoOffAir();
    await button(bo, "Raise a hand").click();
    await bo.page
      .getByText(/blocked/i)
      .first()
      .waitFor();
  });

  it("nobody's page complained", () => {
    for (const person of [ada, bo]) expect(person.problems).toEqual([]);
  });
});
