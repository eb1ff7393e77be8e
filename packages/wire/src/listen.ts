import { isArrayOf, isCount, isObject, isOneOf, isShortText } from "./check.ts";
import { isSpaceId, type SpaceId } from "./ids.ts";
import { SPACE_STATES, type SpaceState } from "./space.ts";

/** Where there is room: what edges tell each other, and what they tell who wants to listen. */

/**
 * What one edge says of itself each second, as shared state `edge-load/{name}`. It goes with the
 * edge's connection to the relay, however that ends.
 */
export interface EdgeLoad {
  /** Its own public base, without a slash at the end; null: it shares one address with others. */
  readonly url: string | null;
  /** Base of what serves its HLS to the many, such as a CDN; null: the edge itself. */
  readonly hlsUrl: string | null;
  readonly listeners: number;
  /** Listeners that it takes at most. */
  readonly mark: number;
  /** Share of the last second in which its event loop was busy, 0 to 1. */
  readonly utilisation: number;
  readonly cadenceMs: number;
  /** Listeners let in during the last second. */
  readonly joinsPerSecond: number;
  /** Whether it takes newcomers now. */
  readonly accepts: boolean;
  /** HLS listeners that it could take still; null: as many as come, for a CDN serves them. */
  readonly hlsSpare: number | null;
  /** True while it sends its listeners elsewhere and goes; absent: it stays. */
  readonly isDraining?: boolean;
}

export const TIERS = ["live", "hls"] as const;
/** How a listener is served: live, by an edge's own socket, or HLS, seconds later. */
export type Tier = (typeof TIERS)[number];

/** One way to listen. */
export interface ListenTier {
  readonly tier: Tier;
  /**
   * Absolute, or from the origin on that was asked. Of tier live: the address that is upgraded to
   * a WebSocket; with `.ogg` or `.aac` behind its path it is a stream.
   */
  readonly url: string;
  readonly protocol: "websocket" | "hls";
  /** How many listeners may still come there; null: as many as want to. */
  readonly spare: number | null;
}

/** The answer to `GET /api/v1/spaces/{id}/listen`. */
export interface ListenAnswer {
  readonly id: SpaceId;
  readonly state: SpaceState;
  /** Live ones before HLS; none where all is full, or where there is nothing to hear. */
  readonly tiers: readonly ListenTier[];
  /** Where there is no tier: when to ask again, ms; null: at once, or not at all. */
  readonly retryAfterMs: number | null;
  /** A spoken sentence to wait with, where all is full; as `url` of a tier. */
  readonly clip: string | null;
}

/** Where every edge serves the spoken sentence for those who have to wait: Opus in Ogg. */
export const HOLDING_CLIP_PATH = "/holding/full.ogg";

/** At most this many tiers are named in one answer. */
export const MAX_TIERS = 16;
const MAX_URL_CHARS = 500;

function isUrlOrNull(value: unknown): value is string | null {
  return value === null || isShortText(value, MAX_URL_CHARS);
}

function isSpare(value: unknown): value is number | null {
  return value === null || isCount(value);
}

export function isEdgeLoad(value: unknown): value is EdgeLoad {
  return (
    isObject(value) &&
    isUrlOrNull(value["url"]) &&
    isUrlOrNull(value["hlsUrl"]) &&
    isCount(value["listeners"]) &&
    isCount(value["mark"]) &&
    typeof value["utilisation"] === "number" &&
    isCount(value["cadenceMs"]) &&
    isCount(value["joinsPerSecond"]) &&
    typeof value["accepts"] === "boolean" &&
    isSpare(value["hlsSpare"]) &&
    (value["isDraining"] === undefined || typeof value["isDraining"] === "boolean")
  );
}

export function isListenTier(value: unknown): value is ListenTier {
  return (
    isObject(value) &&
    isOneOf(value["tier"], TIERS) &&
    isShortText(value["url"], MAX_URL_CHARS) &&
    isOneOf(value["protocol"], ["websocket", "hls"] as const) &&
    isSpare(value["spare"])
  );
}

export function isListenAnswer(value: unknown): value is ListenAnswer {
  return (
    isObject(value) &&
    isSpaceId(value["id"]) &&
    isOneOf(value["state"], SPACE_STATES) &&
    isArrayOf(value["tiers"], MAX_TIERS, isListenTier) &&
    isSpare(value["retryAfterMs"]) &&
    isUrlOrNull(value["clip"])
  );
}
