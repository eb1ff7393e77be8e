import type { MicrophoneState, UplinkState } from "@rostra/client";
import { failureWords } from "./failure.ts";

/** Above these, concealment and FEC no longer hide what is missing, or talk begins to overlap. */
const WEAK_LOSS = 0.05;
const WEAK_RTT_MS = 400;

const ENDINGS: Readonly<Record<string, string>> = {
  replaced: "You joined from another page or device, which has your place on stage now.",
  "not-supported": "This browser can't join a stage. Try a current Chrome, Firefox or Safari.",
  "no-path": "Your network lets no sound through to the stage. Try another one, or no VPN.",
  "no-microphone": "There is no microphone to join with.",
};

/** What somebody on stage should know of their line, as a sentence; empty while all is well. */
export function lineNotice(
  uplink: Pick<UplinkState, "connection" | "error" | "rttMs" | "packetLoss">,
  microphone: Pick<MicrophoneState, "status" | "silenced">,
): string {
  const { connection, error } = uplink;
  if ((connection === "failed" || connection === "closed") && error !== null) {
    return ENDINGS[error.code] ?? failureWords(error);
  }
  if (connection !== "connected") return "";
  if (microphone.status === "lost") {
    return "The microphone is gone. Plug it in again or choose another one.";
  }
  if (microphone.silenced) {
    return "The system holds your microphone back: a phone call, or its own switch.";
  }
  const isWeak = (uplink.packetLoss ?? 0) > WEAK_LOSS || (uplink.rttMs ?? 0) > WEAK_RTT_MS;
  return isWeak ? "Your connection is weak: others may miss words." : "";
}
