/** What the bench and its processes say to each other. */

export const SERVERS = ["bare", "edge"] as const;
export type ServerKind = (typeof SERVERS)[number];
export const PROTOCOLS = ["ws", "ogg"] as const;
export type BenchProtocol = (typeof PROTOCOLS)[number];

/** What a process is to do: handed over as JSON in its one argument. */
export interface ServerOrder {
  readonly kind: ServerKind;
  readonly protocol: BenchProtocol;
  readonly cadenceMs: number;
}

export interface LoadOrder {
  readonly protocol: BenchProtocol;
  readonly port: number;
  readonly path: string;
  readonly sockets: number;
  /** Connections that may be under way at once. */
  readonly inFlight: number;
  readonly addresses: readonly string[];
}

export type FromServer =
  | { readonly kind: "up"; readonly port: number; readonly path: string }
  | { readonly kind: "counts"; readonly writes: number; readonly bytes: number };

export interface LoadCounts {
  readonly reads: number;
  readonly bytes: number;
  readonly closed: number;
}

export type FromLoad =
  | { readonly kind: "ready" }
  /** All have sound. Times in ms: since each connect, and since the word to begin. */
  | {
      readonly kind: "listening";
      readonly firstSoundMs: readonly number[];
      readonly allAnsweredMs: number;
      readonly again: number;
    }
  | ({ readonly kind: "counts" } & LoadCounts);

/** Asks for counts; a load process is also told to begin. */
export type Question = "counts" | "begin";
