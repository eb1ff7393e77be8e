import { RostraError } from "@rostra/wire";
import { ProblemError, UplinkError } from "../errors.ts";

/** What to do about a connection that could not be made; replaced: another page has the stage. */
export type FailureKind = "retry" | "final" | "final-if-it-stays" | "replaced";

/**
 * Refusals that a server which has only just started, or hasn't heard of us yet, gives in good
 * faith: word of a new member may be slower than the member, and a restarted stage learns of its
 * spaces in its first second.
 */
const MAY_PASS = new Set([401, 403, 404, 409]);

export function judgeFailure(error: unknown): FailureKind {
  if (error instanceof ProblemError) {
    if (error.code === "replaced") return "replaced";
    if (MAY_PASS.has(error.status)) return "final-if-it-stays";
    return error.status >= 500 || error.status === 429 ? "retry" : "final";
  }
  if (error instanceof UplinkError) return error.code === "no-path" ? "retry" : "final";
  // NetworkError, or the browser's own while it sets up: the next attempt is a fresh start.
  if (error instanceof RostraError) return error.code === "no-identity" ? "final" : "retry";
  return "retry";
}

/** As the person may read it. */
export function asUplinkError(error: unknown): RostraError {
  if (error instanceof ProblemError) {
    return new UplinkError("refused", error.detail, { cause: error });
  }
  if (error instanceof RostraError) return error;
  return new UplinkError("offer", "The connection to the stage could not be made", {
    cause: error,
  });
}
