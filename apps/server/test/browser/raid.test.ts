import {
  clearEars,
  heardBy,
  LoopingSpeaker,
  listenTo,
  openSpace,
  Person,
  RostraProcess,
  speak,
  TestApi,
  type TestGuest,
} from "@rostra/testkit";
import { SAMPLE_RATE_HZ } from "@rostra/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const WITHIN = { timeout: 30_000 };
/** The voices have no pauses: what is quiet for so long is a gap, ms. */
const GAP_MS = 500;
const QUIET = 0.003;
const PIECE = SAMPLE_RATE_HZ / 50;

describe("a host who takes the audience along", () => {
  let rostra: RostraProcess;
  let ada: Person;
  let bo: Person;
  let cy: Person;
  const speakers: LoopingSpeaker[] = [];

  /** On air, with somebody who speaks all the time. */
  async function live(host: TestGuest, id: string, words: string): Promise<string> {
    const api = new TestApi(rostra.url);
    await api.setMuted(host, id, host, false);
    await api.goLive(host, id);
    const whip = `${rostra.url}/api/v1/spaces/${id}/whip`;
    speakers.push(await LoopingSpeaker.join(whip, host.token, dense(await speak(words))));
    return `${rostra.url}/s/${id}`;
  }

  beforeAll(async () => {
    rostra = await RostraProcess.start({ env: { ROSTRA_EDGES: "2" } });
    const api = new TestApi(rostra.url);
    const grace = await api.guest("Grace");
    const { id: there } = await api.openSpace(grace, "Rivers");
    const river = live(
      grace,
      there,
      "Down by the river the water runs all day, and nobody counts it.",
    );
    ada = await Person.arrive();
    const id = await openSpace(ada.page, rostra.url, "Bridges", "Ada");
    const identity = await ada.page.evaluate(() => localStorage.getItem("rostra.identity"));
    const { token, user } = JSON.parse(identity ?? "{}") as TestGuest;
    const url = await live(
      { token, user },
      id,
      "Up on the bridge the wind blows and the rails sing.",
    );
    [bo, cy] = await Promise.all([listenTo(url, { ears: true }), listenTo(url), river]);
    const playing = ({ page }: Person) =>
      page.locator(".player__status", { hasText: "Playing" }).waitFor(WITHIN);
    await Promise.all([playing(bo), playing(cy)]);
  }, 90_000);

  afterAll(async () => {
    await Promise.all(speakers.map((speaker) => speaker.leave()));
    await Promise.all([ada, bo, cy].map((person) => person?.leave()));
    expect(await rostra?.stop()).toBe(0);
  });

  it("brings them to the other space without a gap, but for who stays, and sees how many came", async () => {
    await ada.page.getByRole("button", { name: "Raid" }).click();
    const dialog = ada.page.getByRole("dialog", { name: "Take the audience along" });
    await dialog.getByRole("combobox", { name: "Where to" }).waitFor(WITHIN);
    await clearEars(bo.page);
    await dialog.getByRole("button", { name: "Take everybody along" }).click();

    const card = cy.page.getByRole("complementary", { name: "The audience goes along" });
    await card.getByRole("button", { name: "Stay" }).click(WITHIN);
    await card.getByText("You stay here.").waitFor(WITHIN);
    await bo.page.getByRole("heading", { name: "Rivers" }).waitFor(WITHIN);
    await ada.page.getByText(/^1 of [12] have arrived at “Rivers”\.$/).waitFor(WITHIN);

    await bo.page.locator(".player__status", { hasText: "Playing" }).waitFor(WITHIN);
    expect(longestQuietMs(await heardBy(bo.page, "speaker"))).toBeLessThan(GAP_MS);
    await cy.page.getByRole("heading", { name: "Bridges" }).waitFor(WITHIN);
    await cy.page.locator(".player__status", { hasText: "Playing" }).waitFor(WITHIN);
    expect([...ada.problems, ...bo.problems, ...cy.problems]).toEqual([]);
  }, 90_000);
});

/** Without its pauses. */
function dense(voice: Float32Array): Float32Array {
  const pieces: Float32Array[] = [];
  for (let from = 0; from + PIECE <= voice.length; from += PIECE) {
    const piece = voice.subarray(from, from + PIECE);
    if (Math.max(...piece.map(Math.abs)) > 0.05) pieces.push(piece);
  }
  const all = new Float32Array(pieces.length * PIECE);
  for (const [at, piece] of pieces.entries()) all.set(piece, at * PIECE);
  return all;
}

function longestQuietMs(pcm: Float32Array): number {
  let [run, longest] = [0, 0];
  for (const sample of pcm) {
    run = Math.abs(sample) < QUIET ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return (longest * 1_000) / SAMPLE_RATE_HZ;
}
