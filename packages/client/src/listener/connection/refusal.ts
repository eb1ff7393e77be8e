import { ProblemError } from "../../errors.ts";
import { jsonOf, problemFrom, retryAfterMs } from "../../problem.ts";

/**
 * A browser hides why a WebSocket handshake was refused, so the same address is asked once by
 * plain HTTP, where the answer carries problem details. 426 is the good one: it would have upgraded.
 */

/** Why the handshake failed, as far as asking again tells. */
export type Refusal =
  /** Nothing speaks against trying again on the usual schedule. */
  | { readonly kind: "none" }
  /** Asked to come back later. */
  | { readonly kind: "later"; readonly afterMs: number }
  | { readonly kind: "ended" }
  | { readonly kind: "final"; readonly error: ProblemError };

/** Never rejects: a server that can't be reached refuses nothing. */
export type AskRefusal = (url: string) => Promise<Refusal>;

const PROBE_TIMEOUT_MS = 5_000;
const MAX_LATER_MS = 60_000;

export function askRefusalWith(fetcher: typeof fetch): AskRefusal {
  return async (url) => {
    try {
      const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
      const response = await fetcher(url, { cache: "no-store", signal });
      return judge(response.status, retryAfterMs(response.headers), await jsonOf(response));
    } catch {
      return { kind: "none" };
    }
  };
}

/** What a plain answer to a live address says about upgrading it. */
export function judge(status: number, afterMs: number | null, body: unknown): Refusal {
  if (status === 410) return { kind: "ended" };
  if (status === 400 || status === 401 || status === 403 || status === 404) {
    return { kind: "final", error: new ProblemError(problemFrom(status, body)) };
  }
  if (afterMs !== null && status !== 426) {
    return { kind: "later", afterMs: Math.min(afterMs, MAX_LATER_MS) };
  }
  return { kind: "none" };
}
