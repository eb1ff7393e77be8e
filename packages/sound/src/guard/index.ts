export { SentSound } from "./sent-sound.ts";
export { VoiceGuard } from "./voice-guard.ts";
