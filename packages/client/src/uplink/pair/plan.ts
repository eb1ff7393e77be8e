import type { RostraError } from "@rostra/wire";
import { UplinkError } from "../../errors.ts";
import type { UplinkConnection } from "../state.ts";

/** What the ways to a space's stages amount to, and which of them there should be. Pure. */

/** One way to one stage. */
export interface WayView {
  readonly stage: string;
  readonly connection: UplinkConnection;
  readonly error: RostraError | null;
}

export interface WayPlan {
  readonly open: readonly string[];
  readonly close: readonly string[];
}

/** Of the whole: as a person sees it. */
export interface PairState {
  readonly connection: UplinkConnection;
  readonly error: RostraError | null;
  /** Two stages have our sound: either may go, and nobody hears it. */
  readonly redundant: boolean;
}

/**
 * The first stage's way comes first, and the second's never delays it. A way to what is no stage of
 * the space any more is left once another is heard instead, or at once where it doesn't work.
 * @param stages of the space, the first one first
 * @param heard the stage whose feed is played now
 * @param waited the first has had its head start
 */
export function planWays(
  stages: readonly string[],
  ways: readonly WayView[],
  heard: string,
  waited: boolean,
): WayPlan {
  const standing = new Set(
    ways.filter(({ connection }) => connection === "connected").map(({ stage }) => stage),
  );
  const isBusy = ways.some(
    ({ connection }) => connection === "idle" || connection === "connecting",
  );
  const mayOpenOthers = waited || standing.size > 0 || (ways.length > 0 && !isBusy);
  const open = stages.filter((stage, index) => {
    if (ways.some((way) => way.stage === stage)) return false;
    return index === 0 || mayOpenOthers;
  });
  const close = ways
    .map(({ stage }) => stage)
    .filter((stage) => !stages.includes(stage) && !(standing.has(stage) && stage === heard));
  return { open, close };
}

/**
 * Connected while any way is. What goes wrong with one is nobody's concern while another works.
 * @param ways in the order of preference
 * @param stages how many the space has: all must have refused before the whole counts as refused
 * @param wasConnected whether the whole ever was
 */
export function pairState(
  ways: readonly WayView[],
  stages: number,
  wasConnected: boolean,
): PairState {
  const standing = ways.filter(({ connection }) => connection === "connected").length;
  if (standing > 0) return { connection: "connected", error: null, redundant: standing > 1 };
  const isOver = ({ connection }: WayView) => connection === "failed" || connection === "closed";
  const error = ways[0]?.error ?? null;
  if (ways.length > 0 && ways.length >= stages && ways.every(isOver)) {
    return { connection: ways[0]!.connection, error, redundant: false };
  }
  const connection = wasConnected ? "reconnecting" : "connecting";
  return { connection, error, redundant: false };
}

/** Another page of the same person has taken over: whichever stage says it first, it is so. */
export function isReplaced({ connection, error }: WayView): boolean {
  return connection === "closed" && error instanceof UplinkError && error.code === "replaced";
}
