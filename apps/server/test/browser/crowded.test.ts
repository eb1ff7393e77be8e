import { Person, RostraProcess, TestApi, WebSocketListener } from "@rostra/testkit";
import { afterEach, describe, expect, it, vi } from "vitest";

const WITHIN = { timeout: 40_000, interval: 100 };

let rostra: RostraProcess;
let person: Person | undefined;
let seated: WebSocketListener | undefined;

afterEach(async () => {
  seated?.close();
  await person?.leave();
  expect(await rostra.stop()).toBe(0);
});

/** A server with one place, which is taken. @returns the space's page */
async function oneTakenPlace(hlsPlaces: number): Promise<string> {
  rostra = await RostraProcess.start({
    env: {
      ROSTRA_EDGES: "1",
      ROSTRA_EDGE_LISTENERS: "1",
      ROSTRA_EDGE_HLS_LISTENERS: String(hlsPlaces),
    },
  });
  const api = new TestApi(rostra.url);
  const space = await api.openSpace(await api.guest("Ada"), "One place");
  const first = new WebSocketListener(rostra.url, space.id);
  seated = first;
  await vi.waitFor(() => expect(first.frames.length).toBeGreaterThan(0), WITHIN);
  return `${rostra.url}/s/${space.id}`;
}

/** Keeps the elements that play, so that a test can ask how much of them was heard. */
function watchElements(): void {
  const played: HTMLMediaElement[] = [];
  const { play } = HTMLMediaElement.prototype;
  HTMLMediaElement.prototype.play = function () {
    if (!played.includes(this)) played.push(this);
    return play.call(this);
  };
  Object.assign(window, { played });
}

async function arrive(page: string): Promise<void> {
  person = await Person.arrive();
  await person.page.addInitScript(watchElements);
  await person.page.goto(page);
  await person.page.getByRole("button", { name: "Play" }).click();
}

async function reads(words: RegExp): Promise<void> {
  const player = person!.page.getByRole("region", { name: "Player" });
  await vi.waitFor(async () => {
    expect(await player.locator(".player__status").textContent()).toMatch(words);
  }, WITHIN);
}

/** Seconds of sound that elements have played. */
function playedSeconds(): Promise<number> {
  return person!.page.evaluate(() => {
    const { played } = window as unknown as { played: HTMLMediaElement[] };
    const times = played.flatMap(({ played: ranges }) =>
      Array.from({ length: ranges.length }, (_, at) => ranges.end(at) - ranges.start(at)),
    );
    return times.reduce((sum, seconds) => sum + seconds, 0);
  });
}

describe("a listener whose page comes to a full house", () => {
  it("hears a spoken sentence, and gets the place that becomes free", async () => {
    await arrive(await oneTakenPlace(0));
    await reads(/Waiting for a place/);
    await vi.waitFor(async () => expect(await playedSeconds()).toBeGreaterThan(2), WITHIN);
    seated?.close();
    await reads(/^Playing$/);
    expect(person?.problems).toEqual([]);
  });

  it("hears the program some seconds later by HLS where there is room for that", async () => {
    await arrive(await oneTakenPlace(10));
    await reads(/some seconds behind/);
    await vi.waitFor(async () => expect(await playedSeconds()).toBeGreaterThan(3), WITHIN);
    seated?.close();
    await reads(/^Playing$/);
    expect(person?.problems).toEqual([]);
  });
});
