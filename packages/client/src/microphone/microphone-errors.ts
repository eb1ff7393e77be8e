import { MicrophoneError, type MicrophoneErrorCode } from "../errors.ts";

/** Names of the errors of getUserMedia (W3C Media Capture and Streams, section 10.2). */
const CODES: { readonly [name: string]: readonly [MicrophoneErrorCode, string] } = {
  NotAllowedError: ["not-allowed", "The microphone isn't allowed: allow it for this page"],
  SecurityError: ["not-allowed", "The browser's settings forbid the microphone on this page"],
  NotFoundError: ["not-found", "No microphone was found: plug one in"],
  OverconstrainedError: ["not-found", "That microphone is gone: choose another"],
  NotReadableError: ["in-use", "The microphone gives no sound: another program may hold it"],
  AbortError: ["in-use", "The microphone could not be started: try again"],
};

/** What the browser threw, in our words. */
export function microphoneErrorOf(cause: unknown): MicrophoneError {
  const name = cause instanceof Error || cause instanceof DOMException ? cause.name : "";
  const [code, message] = CODES[name] ?? ["failed", "The microphone could not be opened"];
  return new MicrophoneError(code, message, { cause });
}

/** @throws {MicrophoneError} `insecure-page`, `not-supported` */
export function mediaDevicesHere(): MediaDevices {
  // Absent outside of secure contexts, whatever the types say.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (devices !== undefined) return devices;
  if (!isSecureContext) {
    throw new MicrophoneError("insecure-page", "The microphone needs https (or localhost)");
  }
  throw new MicrophoneError("not-supported", "This browser gives pages no microphone");
}
