import { RostraError } from "@rostra/wire";

export type StageErrorCode =
  | "bad-sdp"
  | "bad-option"
  | "port-in-use"
  | "transport"
  | "too-many"
  /** The session that this one continues gave way to another page of the same person. */
  | "replaced"
  | "closed";

/** The stage refuses, or can't do, what was asked of it. `message` is one line. */
export class StageError extends RostraError {
  declare readonly code: StageErrorCode;

  constructor(code: StageErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, message, options);
  }
}
