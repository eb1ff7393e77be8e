import { RostraError } from "@rostra/wire";

export type RelayErrorCode = "closed" | "timeout" | "unreachable" | "bad-message";

/** The relay can't do what was asked of it. */
export class RelayError extends RostraError {
  declare readonly code: RelayErrorCode;

  constructor(code: RelayErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, message, options);
  }
}
