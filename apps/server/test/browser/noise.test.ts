import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rmsDbfs } from "@rostra/sound";
import {
  decodeAudio,
  findVoice,
  joinStage,
  openSpace,
  Person,
  Radio,
  RostraProcess,
  writeWav,
} from "@rostra/testkit";
import { SAMPLE_RATE_HZ } from "@rostra/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** Somebody who speaks, of Debian's asterisk-core-sounds-en-wav: a recorded voice with pauses. */
const RECORDING = "/usr/share/asterisk/sounds/en_US_f_Allison/demo-congrats.wav";
const LOOP_SECONDS = 6;
/** Until a change has come through, and levels have settled, where nothing else runs. */
const SETTLE_SECONDS = 3;
/** A busy machine loads the suppression later, or starves it: it is listened to again. */
const ATTEMPTS = 6;
/** Words as they were said; and how much quieter the pauses must be, dB. */
const ALIKE = 0.8;
const QUIETER_DB = 10;
/** A fan in the room: loud, but the voice is louder. */
const FAN_DBFS = -28;
const PIECE_SAMPLES = SAMPLE_RATE_HZ / 50;

describe("strong noise suppression in a browser", () => {
  let folder: string;
  let rostra: RostraProcess;
  let radio: Radio;
  let ada: Person;
  let voice: Float32Array;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "rostra-noise-"));
    voice = (await decodeAudio(RECORDING)).subarray(0, LOOP_SECONDS * SAMPLE_RATE_HZ);
    const wav = join(folder, "fan.wav");
    const fan = hum(voice.length, FAN_DBFS);
    await writeWav(
      wav,
      voice.map((sample, i) => sample + fan[i]!),
    );
    rostra = await RostraProcess.start();
    ada = await Person.arrive({ microphoneWav: wav });
  });

  afterAll(async () => {
    radio?.close();
    await ada?.leave();
    expect(await rostra?.stop()).toBe(0);
    await rm(folder, { recursive: true });
  });

  it("takes a fan out of the pauses, and leaves the words", async () => {
    const spaceId = await openSpace(ada.page, rostra.url, "Beside a fan", "Ada");
    await joinStage(ada.page);
    await ada.page.getByRole("button", { name: "Go live" }).click();
    radio = new Radio(`${rostra.url}/live/${spaceId}.ogg`);
    await choose("Off");
    const before = await heard();
    await choose("Strong, for loud places");
    const was = pausesDb(before);
    let [is, alike] = [was, 0];
    for (let i = 0; i < ATTEMPTS && (alike < ALIKE || is > was - QUIETER_DB); i += 1) {
      const after = await heard();
      [is, alike] = [pausesDb(after), findVoice(after, voice).correlation];
    }
    process.stdout.write(
      `pauses ${was.toFixed(0)} dB below the words, ${is.toFixed(0)} dB with strong suppression; as like as ${alike.toFixed(2)}\n`,
    );
    expect(is).toBeLessThan(was - QUIETER_DB);
    expect(alike).toBeGreaterThan(ALIKE);
    expect(ada.problems).toEqual([]);
  });

  async function choose(words: string): Promise<void> {
    const { page } = ada;
    await page.getByRole("button", { name: "Microphone and sound" }).click();
    await page.getByRole("combobox", { name: "Noise suppression" }).selectOption({ label: words });
    await page.keyboard.press("Escape");
  }

  /** What a player gets, once the change has come through. */
  function heard(): Promise<Float32Array> {
    return radio.from(radio.place + SETTLE_SECONDS * SAMPLE_RATE_HZ, LOOP_SECONDS);
  }
});

/** How far the quiet tenth of a recording lies below its loud tenth. */
function pausesDb(pcm: Float32Array): number {
  const levels: number[] = [];
  for (let at = 0; at + PIECE_SAMPLES <= pcm.length; at += PIECE_SAMPLES) {
    levels.push(rmsDbfs(pcm.subarray(at, at + PIECE_SAMPLES)));
  }
  levels.sort((a, b) => a - b);
  const at = (share: number) => levels[Math.floor(share * levels.length)]!;
  return at(0.1) - at(0.9);
}

/** Repeatable noise, louder in the low tones as fans are. */
function hum(length: number, dbfs: number): Float32Array {
  let [state, low] = [1, 0];
  const noise = Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    low += 0.2 * (state / 2 ** 31 - 1 - low);
    return low;
  });
  const gain = 10 ** ((dbfs - rmsDbfs(noise)) / 20);
  return noise.map((sample) => sample * gain);
}
