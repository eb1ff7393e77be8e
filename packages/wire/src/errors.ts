/** Base of every error that Rostra throws on purpose. `code` is stable; `message` is one line. */
export class RostraError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

export type WireErrorCode =
  | "bad-id"
  | "bad-chunk"
  | "bad-event"
  | "bad-message"
  | "bad-rtp"
  | "bad-websocket"
  | "bad-stage-message"
  | "bad-space"
  | "too-large";

/** Bytes or values from outside that are not what the protocol says. */
export class WireError extends RostraError {
  declare readonly code: WireErrorCode;

  constructor(code: WireErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, message, options);
  }
}

/** RFC 9457 problem details, as every 4xx and 5xx answer carries them. */
export interface ProblemDetails {
  /** Stable: `urn:rostra:problem:<code>`. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** One line that says what to do. */
  readonly detail: string;
}

export const PROBLEM_MEDIA_TYPE = "application/problem+json";

/** What the public API may refuse with: the code, its HTTP status and its title. */
export const PROBLEMS = {
  elsewhere: [307, "There is room elsewhere"],
  "bad-request": [400, "The request is not valid"],
  unauthorized: [401, "A valid token is needed"],
  forbidden: [403, "Not allowed"],
  "not-on-stage": [403, "The caller is not on stage"],
  blocked: [403, "The caller is blocked"],
  "mic-locked": [403, "The microphone is locked"],
  "not-found": [404, "Not found"],
  "method-not-allowed": [405, "Method not allowed"],
  "not-acceptable": [406, "Not acceptable"],
  conflict: [409, "Not possible in this state"],
  full: [409, "No room"],
  replaced: [409, "Taken over by another session"],
  ended: [410, "The space has ended"],
  "precondition-failed": [412, "A precondition failed"],
  "too-large": [413, "The request is too large"],
  "unsupported-media-type": [415, "Unsupported media type"],
  "bad-sdp": [422, "The SDP offer can't be used"],
  "upgrade-required": [426, "An upgrade to WebSocket is needed"],
  "too-many": [429, "Too many requests"],
  internal: [500, "Something failed on our side"],
  "not-implemented": [501, "Not implemented"],
  unavailable: [503, "Not available for the moment"],
  crowded: [503, "Full for the moment"],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof PROBLEMS;

/** Builds the body of a refusal. `detail` is one line that says what to do. */
export function problem(code: ProblemCode, detail: string): ProblemDetails {
  const [status, title] = PROBLEMS[code];
  return { type: `urn:rostra:problem:${code}`, title, status, detail };
}
