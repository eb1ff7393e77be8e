import { setTimeout as sleep } from "node:timers/promises";
import { loadOpus } from "@rostra/sound";
import {
  clearEars,
  followLine,
  heardBy,
  type LinePiece,
  LoopingSpeaker,
  listenTo,
  type Person,
  RostraProcess,
  speak,
  speedBetween,
  TestApi,
  type TestSpace,
} from "@rostra/testkit";
import {
  decodeChunks,
  FRAME_SAMPLES,
  LIMITS,
  type ProgramFrame,
  SAMPLE_RATE_HZ,
} from "@rostra/wire";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

/** Said once, without repeating itself: every part of it has one place. */
const SPEECH =
  "Seven ships sail slowly south. Nobody on the shore knows where they are bound tonight. The quick " +
  "brown fox jumps over the lazy dog, then it rests, and looks at the evening sky. Good evening, and " +
  "welcome. Tonight we talk about the sea, about those who live from it, and about those who fear it. " +
  "Every child on the quay waved a small flag, and the band played until dark. Later a storm came up " +
  "from the west, and windows shook along the whole of the harbour road. In the morning all was quiet. " +
  "Fishermen counted their boats, and found one more than there had been the night before.";

/** Far more than what a page keeps between itself and live. */
const PAUSE_MS = 6_000;
/** Less like the program than this, 40 ms aren't from where they should be. */
const UNLIKE = 0.6;
const WITHIN = { timeout: 20_000, interval: 50 };

describe("a listener in a browser who pauses, jumps to live, and loses their edge", () => {
  let rostra: RostraProcess;
  let space: TestSpace;
  let speaker: LoopingSpeaker;
  let cy: Person;

  beforeAll(async () => {
    rostra = await RostraProcess.start({ env: { ROSTRA_EDGES: "2" } });
    const api = new TestApi(rostra.url);
    const host = await api.guest("Ada");
    space = await api.openSpace(host, "Behind live");
    const voice = await speak(SPEECH);
    expect(voice.length / SAMPLE_RATE_HZ).toBeGreaterThan(30);
    const whipUrl = `${rostra.url}/api/v1/spaces/${space.id}/whip`;
    speaker = await LoopingSpeaker.join(whipUrl, host.token, voice);
    await api.setMuted(host, space.id, host, false);
    await api.goLive(host, space.id);
    cy = await listenTo(`${rostra.url}/s/${space.id}`, { ears: true });
    await status(/Playing/);
  });

  afterAll(async () => {
    await cy?.leave();
    await speaker?.leave();
    expect(await rostra?.stop()).toBe(0);
  });

  const player = () => cy.page.getByRole("region", { name: "Player" });
  const press = (name: string) => player().getByRole("button", { name }).click();

  async function status(words: RegExp): Promise<string> {
    return vi.waitFor(async () => {
      const text = (await player().locator(".player__status").textContent()) ?? "";
      expect(text).toMatch(words);
      return text;
    }, WITHIN);
  }

  /** What came out since the ears were cleared, found on the program. */
  async function heardOnLine(): Promise<LinePiece[]> {
    const heard = await heardBy(cy.page, "speaker");
    return followLine(await programOf(rostra.url, space.id), heard);
  }

  it("hears everything once, in order, at its pitch", async () => {
    await sleep(2_000);
    await press("Pause");
    await sleep(PAUSE_MS);
    await press("Resume");
    expect(await status(/behind live/)).toMatch(/^0:(0[5-9]|10) behind live$/);
    await sleep(2_500);
    // Nothing is recorded while it stands still: across the pause it must read as if there were none.
    const overPause = await heardOnLine();
    expectWhole(overPause);
    const beforeJumpMs = overPause.at(-1)!.lineMs;

    await press("Jump to live");
    await status(/Playing/);
    // The page says so at once; the last of what was behind is still on its way out.
    await sleep(500);
    await clearEars(cy.page);
    await sleep(2_000);
    const atLive = await heardOnLine();
    expectWhole(atLive);
    expect(atLive[0]!.lineMs - beforeJumpMs).toBeGreaterThan(PAUSE_MS - 2_500);

    // Both, so that whichever holds the listener is gone; they are started again at once.
    await clearEars(cy.page);
    await sleep(1_000);
    for (const edge of ["edge-1", "edge-2"]) rostra.kill(edge);
    await status(/Reconnecting/);
    await status(/Playing|Catching/);
    await sleep(5_000);
    await status(/Playing/);
    const overDrop = await heardOnLine();
    expectWhole(overDrop);
    const speeds = Array.from({ length: 50 }, (_, i) =>
      speedBetween(overDrop, i * 200, i * 200 + 800),
    ).filter((speed) => !Number.isNaN(speed));
    process.stdout.write(`speed, by 0.8 s: ${speeds.map((speed) => speed.toFixed(2)).join(" ")}\n`);
    expect(Math.max(...speeds)).toBeGreaterThan(1.05);
    expect(cy.problems).toEqual([]);
  });

  /** Every piece with a voice in it is like the program where it has to be. */
  function expectWhole(pieces: readonly LinePiece[]): void {
    const likeness = pieces.map((piece) => piece.likeness).sort((a, b) => a - b);
    const at = (share: number) => likeness[Math.floor(share * likeness.length)]!;
    process.stdout.write(
      `${pieces.length} pieces of 40 ms, like the program: median ${at(0.5).toFixed(3)}, ` +
        `10th percentile ${at(0.1).toFixed(3)}\n`,
    );
    let [run, longest] = [0, 0];
    for (const { likeness: like } of pieces) {
      run = like < UNLIKE ? run + 1 : 0;
      longest = Math.max(longest, run);
    }
    process.stdout.write(`at most ${longest} in a row are unlike it\n`);
    expect(pieces.length).toBeGreaterThan(20);
    // At 8 kHz a place between two samples costs some likeness; another pitch or place costs far more.
    expect(at(0.5)).toBeGreaterThan(0.9);
    // A cut, or a machine that has no time for its sound card, is over at once; half a second that was
    // left out or heard twice takes a second and a half to be found again.
    expect(longest).toBeLessThan(8);
  }
});

/** All that was on air so far, from frame 0 on. */
async function programOf(url: string, spaceId: string): Promise<Float32Array> {
  const frames: ProgramFrame[] = [];
  for (let from = 0; ; from += LIMITS.framesPerRequest) {
    const to = from + LIMITS.framesPerRequest - 1;
    const response = await fetch(`${url}/live/${spaceId}/frames?from=${from}&to=${to}`);
    if (!response.ok) break;
    frames.push(...decodeChunks(new Uint8Array(await response.arrayBuffer())));
  }
  const decoder = await (await loadOpus()).createDecoder();
  const program = new Float32Array((frames.at(-1)!.number + 1) * FRAME_SAMPLES);
  for (const { number, packet } of frames) {
    if (packet.length > 0) program.set(decoder.decode(packet), number * FRAME_SAMPLES);
  }
  decoder.close();
  return program;
}
