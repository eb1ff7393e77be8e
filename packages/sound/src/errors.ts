import { RostraError } from "@rostra/wire";

export type SoundErrorCode =
  | "bad-packet"
  | "bad-option"
  | "bad-length"
  | "bad-header"
  | "codec"
  | "closed";

/** Sound, or bytes that should be sound, which this package can't work with. */
export class SoundError extends RostraError {
  declare readonly code: SoundErrorCode;

  constructor(code: SoundErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, message, options);
  }
}
