import { RostraError } from "@rostra/wire";

export type EdgeErrorCode =
  | "listen-failed"
  | "bad-holding-loop"
  | "transcoder-failed"
  | "service-failed";

/** What can go wrong in an edge apart from a refused request. */
export class EdgeError extends RostraError {
  declare readonly code: EdgeErrorCode;

  constructor(code: EdgeErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, message, options);
  }
}
