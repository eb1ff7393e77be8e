/** What the bench and its processes say to each other. */

export type FromHostileServer =
  | { readonly kind: "up"; readonly port: number; readonly live: string }
  | {
      readonly kind: "memory";
      readonly rssBytes: number;
      /** JavaScript's heap, and what hangs on it outside. */
      readonly heapBytes: number;
      /** Lines that the edge has logged as errors since it began. */
      readonly errors: number;
    };

export interface Hearing {
  readonly kind: "hearing";
  readonly listeners: number;
  /** Between two chunks, of whoever waited longest, ms. */
  readonly worstSilenceMs: number;
  /** Frames that anybody should have had and hasn't, or has had twice. */
  readonly missing: number;
  readonly frames: number;
  readonly closed: number;
}
