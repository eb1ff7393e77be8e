/** How long a listener waits for what, and how it comes back: docs/protocol/live-v1.md. */
export const PATIENCE = {
  /**
   * For the first bytes, ms; by failures in a row, as the SDK has it. A kernel whose accept queue overflows
   * leaves connections that only the client believes in: nothing but trying again helps. But where an edge is
   * slow for everybody, whoever gives up soon has it begin again.
   */
  firstBytesMs: [2_000, 4_000, 8_000, 10_000],
  /** For more sound, ms. */
  soundMs: 5_000,
  /** The first time back is within this, ms; then 1, 2, 4 s and so on. */
  jitterMs: 100,
  backoffMs: 1_000,
  backoffLimitMs: 10_000,
  /** Servers that one attempt is sent on to. */
  redirects: 5,
} as const;

/** What a connection gets to its first bytes, ms. @param failures attempts in a row that came to nothing */
export function firstBytesMs(failures: number): number {
  const { firstBytesMs: all } = PATIENCE;
  return all[Math.min(failures, all.length - 1)]!;
}

/**
 * How long to wait before coming back after an attempt that came to nothing, or when asked to, ms.
 * @param failures attempts in a row that came to nothing
 * @param askedMs what the server asked for, if it did
 * @param random 0 to 1
 */
export function laterMs(failures: number, askedMs: number | undefined, random: number): number {
  if (askedMs !== undefined) return askedMs + random * PATIENCE.jitterMs;
  if (failures <= 1) return random * PATIENCE.jitterMs;
  const limit = Math.min(PATIENCE.backoffLimitMs, PATIENCE.backoffMs * 2 ** (failures - 2));
  return limit * (0.5 + random / 2);
}
