import { chooseTier, HOLDING_CLIP_PATH, isListenAnswer, type SpaceId } from "@rostra/wire";
import type { FindRoom, Room } from "./room.ts";

/** Loaded when a link came to nothing, which most listeners never see. */

const PATIENCE_MS = 2_000;
/** Where a server doesn't say when to ask again, ms. */
const RETRY_MS = 5_000;
/** Who hears HLS meanwhile is in no hurry, ms. */
const HLS_RETRY_MS = 20_000;

/** @param playsHls whether this browser can play HLS */
export function findRoomWith(fetcher: typeof fetch, playsHls: () => boolean): FindRoom {
  return async (origin, spaceId, random) => {
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      // Caches in between may answer: the answer holds for a second, and a crowd asks at once.
      const response = await fetcher(listenUrl(origin, spaceId), { signal });
      return judgeAnswer(origin, await response.json(), random, playsHls());
    } catch {
      return { kind: "unknown" };
    }
  };
}

function listenUrl(origin: string, spaceId: SpaceId): string {
  return `${origin}/api/v1/spaces/${spaceId}/listen`;
}

/** What an answer comes to, for one listener. */
export function judgeAnswer(
  origin: string,
  answer: unknown,
  random: number,
  playsHls: boolean,
): Room {
  if (!isListenAnswer(answer)) return { kind: "unknown" };
  const absolute = (url: string) => (url.startsWith("/") ? origin + url : url);
  const tier = chooseTier(answer.tiers, random);
  if (tier?.tier === "live") {
    const tiers = answer.tiers.map((each) => ({ ...each, url: absolute(each.url) }));
    return { kind: "live", url: absolute(tier.url), tiers };
  }
  if (tier !== undefined && playsHls) {
    return { kind: "hls", url: absolute(tier.url), retryAfterMs: HLS_RETRY_MS };
  }
  // Nothing to hear yet, or no more: that is not for want of room.
  if (tier === undefined && answer.clip === null) return { kind: "unknown" };
  const clip = absolute(answer.clip ?? HOLDING_CLIP_PATH);
  return { kind: "full", clip, retryAfterMs: answer.retryAfterMs ?? RETRY_MS };
}

/** By Media Source and a player that comes when it's needed, or by itself as on older iPhones. */
export function playsHlsHere(): boolean {
  return hasMediaSource() || new Audio().canPlayType("application/vnd.apple.mpegurl") !== "";
}

function hasMediaSource(): boolean {
  const { ManagedMediaSource, MediaSource } = globalThis as {
    ManagedMediaSource?: typeof globalThis.MediaSource;
    MediaSource?: typeof globalThis.MediaSource;
  };
  return (ManagedMediaSource ?? MediaSource)?.isTypeSupported('audio/mp4; codecs="opus"') === true;
}
