import {
  clearEars,
  findVoice,
  heardBy,
  PairedSpeaker,
  Person,
  SmallFleet,
  speakLoop,
  TestApi,
} from "@rostra/testkit";
import { SAMPLE_RATE_HZ } from "@rostra/wire";
import { afterAll, beforeAll, expect, it } from "vitest";

// A fleet of two edges with addresses of their own, and a real browser that listens at one of them.

const WITHIN = { timeout: 30_000, interval: 50 };
const LOOP_SECONDS = 4;
const HEAR_SECONDS = 5;
const THE_VOICE = 0.7;
/** While a player slows down or speeds up; another voice, or none, comes to less than 0.4. */
const THE_VOICE_BENT = 0.5;

let fleet: SmallFleet;
let [home, other] = ["", ""];
let speaker: PairedSpeaker | undefined;
let cy: Person;

beforeAll(async () => {
  fleet = await SmallFleet.begin();
  await fleet.start("stage", "stage-1");
  await fleet.start("control", "control-1");
  home = await fleet.startEdge("edge-1");
  other = await fleet.startEdge("edge-2");
}, 60_000);

afterAll(async () => {
  speaker?.stop();
  await cy?.leave();
  await fleet?.stop();
});

/** All words that the page has shown. */
function installWords(): void {
  const words = new Set<string>();
  setInterval(() => words.add(document.body?.textContent ?? ""), 50);
  Object.assign(window, { rostraWords: words });
}

it("an edge is killed under a browser that listens: it goes on by the link that waits at the other one", async () => {
  const voice = await speakLoop("An edge dies, and this voice goes on as if nothing had been.", 4, {
    speed: 190,
  });
  const api = new TestApi(other);
  const host = await api.guest("Ada");
  const { id } = await api.openSpace(host, "Two edges");
  await api.changeMember(host, id, host, { muted: false });
  await api.goLive(host, id);
  speaker = await PairedSpeaker.join([other], id, host.token, voice);

  cy = await Person.arrive({ ears: true });
  await cy.page.addInitScript(installWords);
  const said: string[] = [];
  let [bytes, isWaiting] = [0, false];
  cy.page.on("websocket", (socket) => {
    // Later on another one is looked for, maybe where nobody is any more.
    if (!socket.url().includes("standby=1") || !socket.url().includes(new URL(other).host)) return;
    socket.on("framereceived", ({ payload }) => {
      if (typeof payload === "string") isWaiting ||= payload === '{"type":"standby"}';
      else bytes += payload.length;
    });
    socket.on("framesent", ({ payload }) => said.push(String(payload)));
  });
  await cy.page.goto(`${home}/s/${id}`);
  await cy.page.getByRole("button", { name: "Play" }).click();
  await expect.poll(() => isWaiting, WITHIN).toBe(true);
  expect(bytes).toBe(0);
  const heard = async () => heardBy(cy.page, "speaker");
  const likeness = async () => {
    const all = await heard();
    if (all.length < HEAR_SECONDS * SAMPLE_RATE_HZ) return 0;
    return findVoice(all.subarray(-HEAR_SECONDS * SAMPLE_RATE_HZ), voice).correlation;
  };
  await expect.poll(likeness, { ...WITHIN, interval: 400 }).toBeGreaterThan(THE_VOICE);
  await clearEars(cy.page);
  await fleet.process("edge-1").kill();
  const hasAsked = () => said.some((message) => message.includes('"type":"listen"'));
  await expect.poll(hasAsked, WITHIN).toBe(true);
  await expect
    .poll(async () => (await heard()).length, { ...WITHIN, interval: 400 })
    .toBeGreaterThan((HEAR_SECONDS + LOOP_SECONDS) * SAMPLE_RATE_HZ);
  expect(bytes).toBeGreaterThan(0);
  await expect.poll(likeness, { ...WITHIN, interval: 400 }).toBeGreaterThan(THE_VOICE);
  // Across the moment of the death, too.
  const around = (await heard()).subarray(0, HEAR_SECONDS * SAMPLE_RATE_HZ);
  const { correlation } = findVoice(around, voice);
  process.stdout.write(
    `as like as ${(await likeness()).toFixed(3)}, ${correlation.toFixed(3)} across the death\n`,
  );
  expect(correlation).toBeGreaterThan(THE_VOICE_BENT);
  const words = await cy.page.evaluate(() => [
    ...(window as unknown as { rostraWords: Set<string> }).rostraWords,
  ]);
  expect(words.filter((word) => /reconnecting/i.test(word))).toEqual([]);
}, 120_000);
