import { computed, type ReadonlySignal } from "@preact/signals";
import type { ListenerState } from "@rostra/client";

/** Less than this behind is how live sound comes: nothing is said of it. */
const TOLD_BEHIND_MS = 2_000;

/** Where a listener is on the space's line, as far as it is worth telling. */
export interface PlaceView {
  /** Whole seconds behind live; null at live. */
  readonly behindS: number | null;
  readonly isPaused: boolean;
  /** Played faster until live, as after a drop; else they chose to be behind. */
  readonly isCatchingUp: boolean;
  /** Whole seconds that a pause was too long for; 0: none. */
  readonly missedS: number;
}

type PlaceSource = Pick<
  ListenerState,
  "behindMs" | "paused" | "following" | "missedMs" | "playing"
>;

export function placeView(state: PlaceSource): PlaceView {
  const { behindMs, paused, following, missedMs, playing } = state;
  const isBehind = (paused || playing) && behindMs >= TOLD_BEHIND_MS;
  return {
    behindS: isBehind ? Math.floor(behindMs / 1_000) : null,
    isPaused: paused,
    isCatchingUp: isBehind && following && !paused,
    missedS: Math.round(missedMs / 1_000),
  };
}

/** Changes only when what it shows does. */
export function placeOf(state: ReadonlySignal<ListenerState>): ReadonlySignal<PlaceView> {
  let last: PlaceView | undefined;
  return computed(() => {
    const next = placeView(state.value);
    const known = last;
    const keys = Object.keys(next) as (keyof PlaceView)[];
    if (known === undefined || keys.some((key) => known[key] !== next[key])) last = next;
    return last!;
  });
}

/** "0:07", "1:20", "10:00". */
export function minutesWords(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** "1:20 behind live"; while it is caught up, "Catching up, 1:20 behind". */
export function placeWords({ behindS, isCatchingUp }: PlaceView): string {
  if (behindS === null) return "";
  const time = minutesWords(behindS);
  return isCatchingUp ? `Catching up, ${time} behind` : `${time} behind live`;
}

/** What a pause longer than the servers keep sound has cost; empty where it was short enough. */
export function missedWords({ missedS }: PlaceView): string {
  if (missedS === 0) return "";
  return `Only the last ten minutes are kept: you play on from there, ${minutesWords(missedS)} later than where you paused.`;
}

/** What a screen reader says as things change, not as seconds pass. */
export function placeNews({ behindS, isPaused, isCatchingUp }: PlaceView): string {
  if (isPaused) return "Paused";
  if (behindS === null) return "";
  return isCatchingUp ? "Catching up with live" : "Playing behind live";
}
