import { type ProblemDetails, RostraError } from "@rostra/wire";

/** The server refused a call and said why (RFC 9457). `code` is the last part of `type`. */
export class ProblemError extends RostraError {
  /** Stable: `urn:rostra:problem:<code>`. */
  readonly type: string;
  readonly status: number;
  /** One line that says what to do: fit to be shown. */
  readonly detail: string;
  /** When the server wants to be asked again, ms from the answer; null where it didn't say. */
  readonly retryAfterMs: number | null;

  constructor(details: ProblemDetails, retryAfterMs: number | null = null) {
    super(details.type.slice(details.type.lastIndexOf(":") + 1), details.detail);
    this.type = details.type;
    this.status = details.status;
    this.detail = details.detail;
    this.retryAfterMs = retryAfterMs;
  }
}

export type NetworkErrorCode = "unreachable" | "timeout" | "bad-answer";

/** No usable answer came: the network, or a server that isn't Rostra. */
export class NetworkError extends RostraError {
  declare readonly code: NetworkErrorCode;

  constructor(code: NetworkErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, message, options);
  }
}

export type IdentityErrorCode = "no-identity";

/** A call needs a guest first: see `RostraApi.ensureGuest`. */
export class IdentityError extends RostraError {
  declare readonly code: IdentityErrorCode;

  constructor(code: IdentityErrorCode, message: string) {
    super(code, message);
  }
}

export type ListenerErrorCode =
  /** The server refuses this space: unknown, or not open to listeners. */
  | "refused"
  /** The browser won't start sound without a click or a key press: call `start` in one. */
  | "needs-gesture"
  /** No way to play here: neither Web Audio, nor MSE, nor a format that the element knows. */
  | "no-output"
  | "decoder"
  | "output";

/** Why a listener isn't connected, or doesn't play. */
export class ListenerError extends RostraError {
  declare readonly code: ListenerErrorCode;

  constructor(code: ListenerErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, message, options);
  }
}

export type MicrophoneErrorCode =
  /** The person, or the browser's settings, said no. */
  | "not-allowed"
  /** There is no microphone, or not the one asked for. */
  | "not-found"
  /** Another program holds it, or the system gave no sound. */
  | "in-use"
  /** It was unplugged while in use and no other could be opened. */
  | "lost"
  /** Pages served without TLS (and not from localhost) get no microphone. */
  | "insecure-page"
  | "not-supported"
  | "failed";

export class MicrophoneError extends RostraError {
  declare readonly code: MicrophoneErrorCode;

  constructor(code: MicrophoneErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, message, options);
  }
}

export type UplinkErrorCode =
  /** The server refuses, and asking again won't help: not on stage, ended, a bad token. */
  | "refused"
  /** The same person joined from another page or device, which has the stage now. */
  | "replaced"
  /** The browser could not make an offer. */
  | "offer"
  /** Connected, but no path for the sound came to stand in time. */
  | "no-path"
  | "not-supported"
  | "no-microphone";

export class UplinkError extends RostraError {
  declare readonly code: UplinkErrorCode;

  constructor(code: UplinkErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, message, options);
  }
}
