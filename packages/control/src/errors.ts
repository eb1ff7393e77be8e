import { type ProblemCode, RostraError } from "@rostra/wire";

export type ControlErrorCode =
  | "bad-data-directory"
  | "bad-key-file"
  | "store-in-use"
  | "store-broken"
  | "store-unreachable"
  | "store-refused"
  | "other-key"
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

/** Another control decides, at this base of its internal listener: its answer is the caller's. */
export class DecidedElsewhere extends Refusal {
  readonly url: string;

  constructor(url: string) {
    super("unavailable", "what is to be kept can't be written for the moment: try again soon");
    this.url = url;
  }
}
