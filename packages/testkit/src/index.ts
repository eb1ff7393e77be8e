export { ApiCallError, TestApi, type TestGuest, type TestSpace } from "./api.ts";
export { clearEars, giveEars, heardBy } from "./ears.ts";
export { Person, type PersonOptions } from "./person.ts";
export { Recording } from "./recording.ts";
export { RostraProcess, type RostraProcessOptions, TestWorldError } from "./rostra-process.ts";
export { VirtualClock } from "./virtual-clock.ts";
export { decodeAudio, readWav, speak, type VoiceOptions, writeWav } from "./voice.ts";
export { envelopeOf, findVoice, fitVoices, type VoiceFit, voiceAt } from "./voice-fit.ts";
export { WebSocketListener } from "./websocket-listener.ts";
