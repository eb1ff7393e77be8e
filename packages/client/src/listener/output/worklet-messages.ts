import type { Planes } from "../decoder/decoder.ts";
import type { LineReport } from "../playout/sample-line.ts";

/** What the page and the audio thread say to each other. */
export const PROCESSOR_NAME = "rostra-playout";

export type ToWorklet =
  | { readonly kind: "pcm"; readonly planes: Planes; readonly frame: number | null }
  | { readonly kind: "clear" };

export type FromWorklet = LineReport;

/** What is handed over with samples instead of copied. */
export function buffersOf(planes: Planes): ArrayBuffer[] {
  return planes.map(({ buffer }) => buffer);
}
