/** Every setting that an operator may give, in the environment or in a file. */
export const SETTINGS = [
  "HOST",
  "PORT",
  "ROSTRA_ACME_DIRECTORY",
  "ROSTRA_ACME_DOMAINS",
  "ROSTRA_ACME_EMAIL",
  "ROSTRA_ADDRESS_LIMITS",
  "ROSTRA_ANNOUNCED_ADDRESSES",
  "ROSTRA_DATA",
  "ROSTRA_DATABASE_URL",
  "ROSTRA_DRAIN_SECONDS",
  "ROSTRA_EDGES",
  "ROSTRA_EDGE_CADENCE_MS",
  "ROSTRA_EDGE_HLS_LISTENERS",
  "ROSTRA_EDGE_JOINS",
  "ROSTRA_EDGE_LISTENERS",
  "ROSTRA_EDGE_MBITS",
  "ROSTRA_EDGE_URL",
  "ROSTRA_FLEET",
  "ROSTRA_HLS_URL",
  "ROSTRA_HTTP_PORT",
  "ROSTRA_INTERNAL_HOST",
  "ROSTRA_LOG_FORMAT",
  "ROSTRA_LOG_LEVEL",
  "ROSTRA_MORE_EDGES",
  "ROSTRA_NAME",
  "ROSTRA_NATS_URLS",
  "ROSTRA_PUBLIC_URL",
  "ROSTRA_RATE_LIMITS",
  "ROSTRA_STAGE_PAIRS",
  "ROSTRA_TLS_CERT",
  "ROSTRA_TLS_KEY",
  "ROSTRA_TRUSTED_PROXIES",
  "ROSTRA_TURN_SECRET",
  "ROSTRA_TURN_URLS",
  "ROSTRA_UDP_PORT",
] as const;

/** What others read: Node.js, its thread pool, OpenTelemetry, the C library. */
const OTHERS = /^(?:NODE_|UV_|OTEL_|SSL_CERT_|LC_|(?:TZ|TMPDIR|LANG|PATH|HOME)$)/;
/** Beyond it two names have nothing to do with each other. */
const MOST_EDITS = 6;

/** Names that nobody reads: a slip of the pen that would go unnoticed. */
export function unknownSettings(names: readonly string[]): string[] {
  return names.filter((name) => !isSetting(name) && !OTHERS.test(name));
}

function isSetting(name: string): boolean {
  return (SETTINGS as readonly string[]).includes(name);
}

/** @returns the setting whose name is the most like `name`; undefined where none is */
export function nearestSetting(name: string): string | undefined {
  let nearest: string | undefined;
  let fewest = Math.min(MOST_EDITS, Math.ceil(name.length / 2) + 1);
  for (const each of SETTINGS) {
    // As often as not it's the prefix that was forgotten, or that is too much.
    const names = [name, `ROSTRA_${name}`, name.replace(/^ROSTRA_/, "")];
    const edits = Math.min(...names.map((one) => editsBetween(one, each)));
    if (edits < fewest) [nearest, fewest] = [each, edits];
  }
  return nearest;
}

/** Letters to put in, take out or change (Levenshtein, 1966), by one row of the table at a time. */
function editsBetween(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (const [row, letter] of [...a].entries()) {
    const current = [row + 1];
    for (const [at, other] of [...b].entries()) {
      const changed = above[at]! + (letter === other ? 0 : 1);
      current.push(Math.min(changed, above[at + 1]! + 1, current[at]! + 1));
    }
    above = current;
  }
  return above[b.length]!;
}
