import type { ListenerState } from "@rostra/client";
import { type PlaceView, placeWords } from "./place.ts";

/** The small print beside the volume: what the sound does for the moment. */
export function playerStatus(
  state: Pick<ListenerState, "wanted" | "playing" | "connection" | "crowded">,
  place: PlaceView,
): string {
  if (!state.wanted) return placeWords(place);
  if (state.crowded !== null && state.connection !== "open") return CROWDED_WORDS[state.crowded];
  // The buffer still plays while the line comes back: that is no time to speak of delay.
  if (state.connection === "reconnecting") return "Reconnecting…";
  if (!state.playing) return "Starting…";
  return place.behindS === null ? "Playing" : placeWords(place);
}

const CROWDED_WORDS: Readonly<Record<NonNullable<ListenerState["crowded"]>, string>> = {
  hls: "Playing, some seconds behind",
  full: "Waiting for a place",
};

const START_WORDS: Readonly<Record<string, string>> = {
  "needs-gesture": "The browser waits for a click before it plays. Press Play once more.",
  "no-output": "This browser can't play the sound. Open one of the player links below instead.",
  decoder: "The sound can't be decoded here. Press Play again, or use a player link below.",
  output: "The sound can't reach your speakers. Check the output and press Play again.",
};

/** What to do about sound that doesn't start, by the error's code; undefined: not about sound. */
export function startWords(code: string): string | undefined {
  return Object.hasOwn(START_WORDS, code) ? START_WORDS[code] : undefined;
}
