import { StageError } from "../errors.ts";
import { Refusal } from "./refusal.ts";

/** What a session that could not begin is to the caller. */
export function toRefusal(error: unknown): unknown {
  if (!(error instanceof StageError)) return error;
  if (error.code === "bad-sdp" || error.code === "replaced") {
    return new Refusal(error.code, error.message, { cause: error });
  }
  return new Refusal("unavailable", error.message, { cause: error });
}
