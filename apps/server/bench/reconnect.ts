/**
 * What a new connection to the stage costs, and what of it is heard: a real browser is told ten times
 * that its network is there again, and makes a new connection beside the one that it has.
 *
 *     npm run bench:reconnect [-- times]
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  joinStage,
  openSpace,
  Person,
  RostraProcess,
  speak,
  WebSocketListener,
  writeWav,
} from "@rostra/testkit";
import { describeSamples } from "./statistics.ts";

const TIMES = Number(process.argv[2] ?? 10);
/** The older connection goes on for 0.7 s. */
const SETTLE_MS = 2_000;

declare global {
  /** How long each connection took from its beginning until it stood, ms. */
  var connectMs: number[];
}

const folder = await mkdtemp(join(tmpdir(), "rostra-reconnect-"));
const wav = join(folder, "voice.wav");
await writeWav(wav, await speak("One two three four five six seven eight nine ten."));
const rostra = await RostraProcess.start();
const ada = await Person.arrive({ microphoneWav: wav });
await ada.page.addInitScript(() => {
  globalThis.connectMs = [];
  const Real = RTCPeerConnection;
  class Timed extends Real {
    constructor(config: RTCConfiguration) {
      super(config);
      const fromMs = performance.now();
      this.addEventListener("connectionstatechange", () => {
        if (this.connectionState === "connected") {
          globalThis.connectMs.push(performance.now() - fromMs);
        }
      });
    }
  }
  Object.assign(globalThis, { RTCPeerConnection: Timed });
});
const spaceId = await openSpace(ada.page, rostra.url, "Reconnect", "Ada");
await joinStage(ada.page);
await ada.page.getByRole("button", { name: "Go live" }).click();
const listener = new WebSocketListener(rostra.url, spaceId);
while (listener.frames.length < 150 || listener.frames.slice(-50).some(({ holding }) => holding)) {
  await sleep(50);
}
const from = listener.frames.length;
for (let i = 0; i < TIMES; i += 1) {
  await ada.page.evaluate(() => globalThis.dispatchEvent(new Event("online")));
  await sleep(SETTLE_MS);
}
const samples = await ada.page.evaluate(() => globalThis.connectMs);
const frames = listener.frames.slice(from);
listener.close();
process.stdout.write(
  `new connection, from its beginning until it stands: ${describeSamples(samples.slice(1), "times")}\n` +
    `frames of the program meanwhile: ${frames.length}; holding sound: ` +
    `${frames.filter(({ holding }) => holding).length}; missing: ${listener.missing.length}\n`,
);
await ada.leave();
await rostra.stop();
await rm(folder, { recursive: true });
process.exit(0);
