/** What the benches and their processes say to each other. */

/** PEM files. */
export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

export const SERVERS = ["bare", "edge"] as const;
export type ServerKind = (typeof SERVERS)[number];
export const PROTOCOLS = ["ws", "ogg"] as const;
export type BenchProtocol = (typeof PROTOCOLS)[number];

/** What a process is to do: handed over as JSON in its one argument. */
export interface ServerOrder {
  readonly kind: ServerKind;
  readonly protocol: BenchProtocol;
  readonly cadenceMs: number;
  /** Speaks TLS. */
  readonly tls?: CertificateFiles;
  /** A bare server writes a second of sound behind the head, as an edge does; an edge always does. */
  readonly greets?: boolean;
  /** Where an edge finds its program; left out: it makes one in its own process. */
  readonly stage?: StageAddress;
}

/** A relay's hub and the space that is on air there. */
export interface StageAddress {
  readonly relayPath: string;
  readonly spaceId: string;
}

export type StageOrder = Pick<StageAddress, "relayPath">;
export type FromStage = { readonly kind: "on-air" } & StageAddress;

export interface LoadOrder {
  readonly protocol: BenchProtocol;
  readonly port: number;
  readonly path: string;
  readonly tls?: boolean;
  readonly sockets: number;
  /** Connections that may be under way at once. */
  readonly inFlight: number;
  /** Connections begun in a second at most. */
  readonly perSecond: number;
  readonly addresses: readonly string[];
}

export type FromServer =
  | { readonly kind: "up"; readonly port: number; readonly path: string; readonly tls?: boolean }
  | {
      readonly kind: "counts";
      readonly writes: number;
      readonly bytes: number;
      /** Who is being written to. */
      readonly listeners: number;
    }
  | {
      readonly kind: "turns";
      /** Of the event loop, so far: each is a wake-up or more work for the last one. */
      readonly turns: number;
    };

export interface LoadCounts {
  readonly reads: number;
  readonly bytes: number;
  readonly closed: number;
  /** Of those parsed to the last byte, a few in a thousand: numbers that were missing. */
  readonly missing: number;
  /** The longest that each listener heard nothing since the last "counts", sorted, ms. */
  readonly silenceMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** CPU time of this process so far, ms. */
  readonly cpuMs: number;
}

export type FromLoad =
  | { readonly kind: "ready" }
  /** How many have sound so far; each second until all do. */
  | { readonly kind: "progress"; readonly listening: number }
  /** All have sound. Times in ms: since each connect, and since the word to begin. */
  | {
      readonly kind: "listening";
      readonly firstSoundMs: readonly number[];
      readonly allAnsweredMs: number;
      readonly again: number;
    }
  | ({ readonly kind: "counts" } & LoadCounts);

/** Asks for counts, a server also for its turns; a load process is also told to begin, and to leave. */
export type Question = "counts" | "turns" | "begin" | "leave";
