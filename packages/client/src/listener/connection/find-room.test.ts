import { type ListenTier, newSpaceId } from "@rostra/wire";
import { describe, expect, it } from "vitest";
import { findRoomWith, judgeAnswer } from "./find-room.ts";

const ID = newSpaceId();
const HOME = "https://live.example.org";
const live = (url: string, spare = 10): ListenTier => ({
  tier: "live",
  url,
  protocol: "websocket",
  spare,
});
const HLS: ListenTier = { tier: "hls", url: "/live/x/index.m3u8", protocol: "hls", spare: null };
const answer = (tiers: readonly ListenTier[], clip: string | null = null) => ({
  id: ID,
  state: "live",
  tiers,
  retryAfterMs: clip === null ? null : 4_000,
  clip,
});

describe("what an answer comes to", () => {
  it("is another edge, drawn by its spare places", () => {
    const tiers = answer([live("/live/x", 30), live("https://b.example.org/live/x", 10), HLS]);
    const at = (random: number) => judgeAnswer(HOME, tiers, random, true);
    expect(at(0.7)).toMatchObject({ kind: "live", url: `${HOME}/live/x` });
    const drawn = at(0.8);
    expect(drawn).toMatchObject({ kind: "live", url: "https://b.example.org/live/x" });
    // All of them are kept for later, absolute.
    expect(drawn.kind === "live" && drawn.tiers?.map(({ url }) => url)).toEqual([
      `${HOME}/live/x`,
      "https://b.example.org/live/x",
      `${HOME}/live/x/index.m3u8`,
    ]);
  });

  it("is HLS where no edge has room and the browser plays it, else a sentence to wait with", () => {
    expect(judgeAnswer(HOME, answer([HLS]), 0, true)).toEqual({
      kind: "hls",
      url: `${HOME}/live/x/index.m3u8`,
      retryAfterMs: 20_000,
    });
    const clip = `${HOME}/holding/full.ogg`;
    expect(judgeAnswer(HOME, answer([HLS]), 0, false)).toEqual({
      kind: "full",
      clip,
      retryAfterMs: 5_000,
    });
    expect(judgeAnswer(HOME, answer([], "/holding/full.ogg"), 0, true)).toEqual({
      kind: "full",
      clip,
      retryAfterMs: 4_000,
    });
  });

  it("is nothing where there is nothing to hear, or no answer of the protocol", async () => {
    expect(judgeAnswer(HOME, answer([]), 0, true)).toEqual({ kind: "unknown" });
    expect(judgeAnswer(HOME, { tiers: [] }, 0, true)).toEqual({ kind: "unknown" });
    const dead = findRoomWith(
      () => Promise.reject(new TypeError("no")),
      () => true,
    );
    expect(await dead(HOME, ID, 0)).toEqual({ kind: "unknown" });
  });

  it("is asked for where caches may answer", async () => {
    const asked: unknown[] = [];
    const fetcher: typeof fetch = async (url, init) => {
      asked.push([url, init?.cache]);
      return Response.json(answer([live("/live/x")]));
    };
    await findRoomWith(fetcher, () => true)(HOME, ID, 0);
    expect(asked).toEqual([[`${HOME}/api/v1/spaces/${ID}/listen`, undefined]]);
  });
});
