import { RostraError } from "@rostra/wire";

export type EdgeErrorCode =
  /** The port is taken, or not ours to have. */
  | "listen-failed"
  /** The certificate or its key is missing, damaged, or one isn't the other's. */
  | "bad-certificate"
  /** The folder that the web site should be in isn't there. */
  | "no-site"
  /** What the relay holds as the holding loop can't be played. */
  | "bad-holding-loop";

/** What can go wrong in an edge apart from a refused request. */
export class EdgeError extends RostraError {
  declare readonly code: EdgeErrorCode;

  constructor(code: EdgeErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, message, options);
  }
}
