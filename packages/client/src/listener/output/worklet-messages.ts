import type { LineReport } from "../playout/sample-line.ts";

/** What the page and the audio thread say to each other. */
export const PROCESSOR_NAME = "rostra-playout";

export type ToWorklet =
  | { readonly kind: "pcm"; readonly pcm: Float32Array; readonly frame: number | null }
  | { readonly kind: "clear" };

export type FromWorklet = LineReport;
