import type { ListenTier, SpaceId } from "@rostra/wire";

/** Where a listener who found no room where it asked can go. */
export type Room =
  /** Another address for the same WebSocket, absolute, `http` or `https`. */
  | {
      readonly kind: "live";
      readonly url: string;
      /** All that there are, absolute, for whoever needs another one later; absent: just this one. */
      readonly tiers?: readonly ListenTier[];
    }
  | Crowded
  /** Nobody said anything of use: where it asked is where to try again. */
  | { readonly kind: "unknown" };

/** There is no room for live sound: what to hear meanwhile, and when to ask again, ms, and up to half as much more. */
export type Crowded =
  /** The program by HLS, some seconds later. */
  | { readonly kind: "hls"; readonly url: string; readonly retryAfterMs: number }
  /** A spoken sentence, once. */
  | { readonly kind: "full"; readonly clip: string; readonly retryAfterMs: number };

/**
 * Never rejects.
 * @param random 0 (inclusive) to 1 (exclusive): a crowd spreads by it
 */
export type FindRoom = (origin: string, spaceId: SpaceId, random: number) => Promise<Room>;
