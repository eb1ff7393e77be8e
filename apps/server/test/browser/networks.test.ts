import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  findVoice,
  joinStage,
  openSpace,
  Person,
  Recording,
  RostraProcess,
  speak,
  TurnServer,
  WebSocketListener,
  writeWav,
} from "@rostra/testkit";
import { SAMPLE_RATE_HZ } from "@rostra/wire";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

// Networks that let no packet through from a browser to the stage. What such a network does to ICE
// is done by the browser itself: it may use relays alone, so all other candidates are refused.

const SECRET = "north-by-northwest";
const WITHIN = { timeout: 20_000, interval: 50 };

let folder: string;
let wav: string;
let rostra: RostraProcess;
let people: Person[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rostra-networks-"));
  wav = join(folder, "voice.wav");
  await writeWav(wav, await speak("Whatever stands between us, this sentence is going to arrive."));
  people = [];
});
afterEach(async () => {
  for (const person of people.splice(0)) await person.leave();
  await rostra.stop();
});
afterAll(() => rm(folder, { recursive: true }));

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
    rostra = await RostraProcess.start();
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
      9,
    ).samples();
    listener.close();
    expect(overSocket.sent).toBeGreaterThan(300);
    expect(tookMs).toBeLessThan(3_000);
    expect(await isHeard(heard)).toBeGreaterThan(0.6);
    expect(ada.problems).toEqual([]);
  });

  it("comes by WebRTC through a TURN server where there is one", async () => {
    const turn = await TurnServer.start(SECRET);
    try {
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

/** How alike what was heard and what was said are, where they are most alike. */
async function isHeard(heard: Float32Array): Promise<number> {
  const said = await speak("Whatever stands between us, this sentence is going to arrive.");
  // Its beginning: the longer a piece, the more of it a jitter buffer may have moved.
  const piece = said.subarray(0, 2 * SAMPLE_RATE_HZ);
  const { correlation } = findVoice(heard.subarray(SAMPLE_RATE_HZ), piece);
  return correlation;
}
