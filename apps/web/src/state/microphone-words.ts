import type { MicrophoneErrorCode } from "@rostra/client";

const WORDS: Readonly<Record<MicrophoneErrorCode, string>> = {
  "not-allowed":
    "The browser keeps the microphone closed. Open the site's settings beside the address, allow the microphone, and try again.",
  "not-found": "No microphone was found. Plug one in and try again.",
  "in-use": "Another program holds the microphone. Close it there and try again.",
  lost: "The microphone was unplugged. Plug it in again or choose another one.",
  "insecure-page":
    "Browsers give the microphone only to secure pages: open this page with https:// in front.",
  "not-supported": "This browser can't use a microphone. Try a current Chrome, Firefox or Safari.",
  failed: "The microphone didn't start. Try again, or choose another one.",
};

/** What to do about a microphone that doesn't open: one or two sentences. */
export function microphoneWords(code: MicrophoneErrorCode): string {
  return WORDS[code];
}
