import { type ProblemCode, RostraError } from "@rostra/wire";

export type ControlErrorCode =
  | "bad-data-directory"
  | "bad-key-file"
  | "store-in-use"
  | "store-broken"
  | "store-unreachable"
  | "store-too-new";

/** Control can't start or go on. `message` is one line for whoever runs the server. */
export class ControlError extends RostraError {
  declare readonly code: ControlErrorCode;

  constructor(code: ControlErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, message, options);
  }
}

/**
 * A call is refused: nothing has changed. Becomes problem details at the HTTP boundary, so
 * `message` is one line that tells the caller what to do and holds no secret.
 */
export class Refusal extends RostraError {
  declare readonly code: ProblemCode;

  constructor(code: ProblemCode, message: string, options?: { cause?: unknown }) {
    super(code, message, options);
  }
}
