/** What the environment says of edges: how much each takes on, and where each is found. */
export interface EdgeConfig {
  /** Listeners at most, of each edge process; null: as by default. */
  readonly listeners: number | null;
  /** Listeners let in a second at most, by each; null: as by default. */
  readonly joinsPerSecond: number | null;
  /** HLS listeners that each serves itself; null: as by default. */
  readonly hlsListeners: number | null;
  /** Megabits a second that each writes to listeners at most; null: as many as go. */
  readonly mbits: number | null;
  /** Keeps each edge's cadence as it is, ms; null: it follows the load. For measurements. */
  readonly cadenceMs: number | null;
  /** Public base of this process or machine, where others must find it; null: one address for all. */
  readonly url: string | null;
  /** Base of a CDN that fetches HLS here; null: none. */
  readonly hlsUrl: string | null;
  /** Edges beside those that share the public port, each at an address of its own. */
  readonly more: readonly string[];
}

/** How values of the environment are read: names in errors are the variables'. */
export interface EdgeConfigReaders {
  readonly countOrNull: (name: string) => number | null;
  readonly choiceOrNull: (name: string, allowed: readonly number[]) => number | null;
  readonly urlOrNull: (name: string, text: string | undefined) => string | null;
}

/** How much sound a chunk may carry, ms. */
const CADENCES_MS = [100, 200, 500, 1_000] as const;

/** @throws {ConfigError} as the readers do */
export function readEdgeConfig(
  env: Readonly<Record<string, string | undefined>>,
  { countOrNull, choiceOrNull, urlOrNull }: EdgeConfigReaders,
): EdgeConfig {
  const more = (env["ROSTRA_MORE_EDGES"] ?? "").split(",").map((each) => each.trim());
  return {
    listeners: countOrNull("ROSTRA_EDGE_LISTENERS"),
    joinsPerSecond: countOrNull("ROSTRA_EDGE_JOINS"),
    hlsListeners: countOrNull("ROSTRA_EDGE_HLS_LISTENERS"),
    mbits: countOrNull("ROSTRA_EDGE_MBITS"),
    cadenceMs: choiceOrNull("ROSTRA_EDGE_CADENCE_MS", CADENCES_MS),
    url: urlOrNull("ROSTRA_EDGE_URL", env["ROSTRA_EDGE_URL"]),
    hlsUrl: urlOrNull("ROSTRA_HLS_URL", env["ROSTRA_HLS_URL"]),
    more: more.filter((each) => each !== "").map((each) => urlOrNull("ROSTRA_MORE_EDGES", each)!),
  };
}

/** The TCP port that an address of an edge is served on. */
export function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  if (port !== "") return Number(port);
  return protocol === "https:" ? 443 : 80;
}
