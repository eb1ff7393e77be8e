/**
 * Mouth to ear with two real browsers: from what the microphone gives to what reaches the
 * listener's loudspeaker, by the envelopes of both and the clock that they share.
 *
 *     npm run bench:ear [-- rounds]
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { alignAndCorrelate } from "@rostra/sound";
import {
  clearEars,
  heardBy,
  heardSinceMs,
  joinStage,
  listenTo,
  openSpace,
  Person,
  RostraProcess,
  speak,
  writeWav,
} from "@rostra/testkit";
import { SAMPLE_RATE_HZ } from "@rostra/wire";
import { describeSamples } from "./statistics.ts";

const ROUNDS = Number(process.argv[2] ?? 10);
const ROUND_MS = 6_000;
const SETTLE_MS = 10_000;
/** Below, the two were not the same sound: a round that says nothing. */
const SAME_SOUND = 0.8;

const folder = await mkdtemp(join(tmpdir(), "rostra-ear-"));
const wav = join(folder, "voice.wav");
await writeWav(
  wav,
  await speak("From the mouth of one to the ear of the other, how long does it take?"),
);
const rostra = await RostraProcess.start();
const ada = await Person.arrive({ microphoneWav: wav, ears: true });
const spaceId = await openSpace(ada.page, rostra.url, "Mouth to ear", "Ada");
await joinStage(ada.page);
await ada.page.getByRole("button", { name: "Go live" }).click();
const cy = await listenTo(`${rostra.url}/s/${spaceId}`, { ears: true });
await sleep(SETTLE_MS);

const delaysMs: number[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  await clearEars(ada.page);
  await clearEars(cy.page);
  await sleep(ROUND_MS);
  const saidSinceMs = (await heardSinceMs(ada.page, "microphone")) ?? Number.NaN;
  const heardAtMs = (await heardSinceMs(cy.page, "speaker")) ?? Number.NaN;
  const said = await heardBy(ada.page, "microphone");
  const heard = await heardBy(cy.page, "speaker");
  const { correlation, offsetMs } = alignAndCorrelate(said, heard, SAMPLE_RATE_HZ, {
    maxLagMs: 2_000,
  });
  if (correlation > SAME_SOUND) delaysMs.push(heardAtMs + offsetMs - saidSinceMs);
}
process.stdout.write(
  `mouth to ear, WebSocket in a browser: ${describeSamples(delaysMs, "rounds")}\n`,
);
await ada.leave();
await cy.leave();
await rostra.stop();
await rm(folder, { recursive: true });
process.exit(0);
