import type { RostraError } from "@rostra/wire";

/**
 * connected: by one way at least, where the space has two stages. failed: a refusal that asking again won't mend; `error` says why. closed: left, or replaced by
 * another page of the same person (`error` is `replaced` then).
 */
export type UplinkConnection =
  | "idle"
  | "connecting"
  | "connected"
  | "reconnecting"
  | "failed"
  | "closed";

export interface UplinkState {
  readonly connection: UplinkConnection;
  /** Two stages have our sound: either may go, and nobody hears it. */
  readonly redundant: boolean;
  /** What the person sees: muted here, or by the server. */
  readonly muted: boolean;
  /** True where the muting wasn't asked for here: a host muted us, most likely. */
  readonly mutedByServer: boolean;
  /** True where the muting isn't known to have reached the server; nothing leaves anyway. */
  readonly mutePending: boolean;
  /** Round trip to the stage, ms; null while unknown. */
  readonly rttMs: number | null;
  /** Share of our packets that the stage misses, 0 to 1; null while unknown. */
  readonly packetLoss: number | null;
  /** True where the browser won't play the stage's sound without a gesture: call `playStage`. */
  readonly stageAudioBlocked: boolean;
  readonly error: RostraError | null;
}

export const IDLE_UPLINK: UplinkState = {
  connection: "idle",
  redundant: false,
  muted: true,
  mutedByServer: false,
  mutePending: false,
  rttMs: null,
  packetLoss: null,
  stageAudioBlocked: false,
  error: null,
};
