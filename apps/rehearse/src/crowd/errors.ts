import { RostraError } from "@rostra/wire";

/** `bad-option`: the command line can't be used. `no-space`: there is nothing to listen to. */
type CrowdErrorCode = "bad-option" | "no-space" | "worker-failed";

/** What a person who starts a crowd can mend. The message is one line that says how. */
export class CrowdError extends RostraError {
  declare readonly code: CrowdErrorCode;

  constructor(code: CrowdErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, message, options);
  }
}
